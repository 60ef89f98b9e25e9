import { createHash } from 'node:crypto';
import type { BusinessDocument } from '../contract/document.ts';

/** A small valid document; `id` is the key of its origin. Equal content gives an equal version. */
export function createTestDocument(key: string, changes: Partial<BusinessDocument> = {}): BusinessDocument {
  const document = {
    id: `test:account:crm:instance:Account:${encodeURIComponent(key)}`,
    kind: 'account',
    title: `Account ${key}`,
    body: `# Account ${key}\n\nAccount ${key} is a customer.`,
    url: `https://crm.example/Account/${encodeURIComponent(key)}`,
    origin: { system: 'crm', stream: 'Account', key, modifiedAt: '2026-01-15T12:00:00.000Z' },
    parts: [{ part: 'account', system: 'crm', stream: 'Account', key }],
    metadata: { name: `Account ${key}`, employees: 12, active: true, tags: ['one', 'two'] },
    access: { everyone: true, reason: 'test' },
    classification: 'internal',
    trust: 'internal',
    version: '',
    ...changes,
  } satisfies BusinessDocument;
  return { ...document, version: changes.version ?? testFingerprint(document).slice(0, 12) };
}

/** A fingerprint for documents in tests; the product's own has its rules elsewhere. */
export const testFingerprint = (document: BusinessDocument): string =>
  createHash('sha256')
    .update(JSON.stringify({ ...document, version: '' }))
    .digest('hex');
