import { describe, expect, it } from 'vitest';
import { classifications } from '../../../core/config/schema.ts';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { contentFingerprint } from '../../../core/documents/content.ts';
import { createPlanePolicy } from '../../../core/policy/plane-policy.ts';

const document: BusinessDocument = {
  id: 'acme:account:salesforce:00D1:Account:001A',
  kind: 'account',
  title: 'Acme',
  body: 'Acme',
  origin: { system: 'salesforce', stream: 'Account', key: '001A', modifiedAt: '2026-01-01T00:00:00Z' },
  parts: [
    { part: 'owner', system: 'salesforce', stream: 'User', key: '005A', modifiedAt: '2026-01-01T00:00:00Z' },
  ],
  metadata: { tier: 'Gold' },
  access: { everyone: true, reason: 'made-up records of a test' },
  classification: 'internal',
  trust: 'internal',
  version: 'abcdefghijkl',
};
const policy = (accepts: (typeof classifications)[number] = 'confidential', profile = 'p1') =>
  createPlanePolicy({ destination: 'search', plane: 'stateless', accepts, profile });
const fingerprint = (given: BusinessDocument, profile?: string) => {
  const decision = policy('restricted', profile).decide(given);
  return decision.status === 'send' ? decision.fingerprint : undefined;
};

describe('what may go to a destination', () => {
  it('is every document whose classification is not stricter than the destination accepts', () => {
    for (const [at, classification] of classifications.entries()) {
      for (const [limit, accepts] of classifications.entries()) {
        const { status } = policy(accepts).decide({ ...document, classification });
        expect(status).toBe(at <= limit ? 'send' : 'withheld');
      }
    }
  });

  it('is no document whose classification nobody knows', () => {
    expect(policy('restricted').decide({ ...document, classification: 'secret' })).toEqual({
      status: 'withheld',
      reason: 'it is secret; search (stateless) accepts restricted at most',
    });
  });
});

describe('the desired fingerprint', () => {
  it('stays when only stamps moved', () => {
    const later = '2027-01-01T00:00:00Z';
    const moved = {
      ...document,
      origin: { ...document.origin, modifiedAt: later },
      parts: document.parts.map((part) => ({ ...part, modifiedAt: later })),
    };
    expect(fingerprint(moved)).toBe(fingerprint(document));
  });

  it('changes with text, metadata, access, classification and the profile of the destination', () => {
    const prints = [
      fingerprint(document),
      fingerprint(document, 'p2'),
      fingerprint({ ...document, body: 'Acme.' }),
      fingerprint({ ...document, metadata: { tier: 'Silver' } }),
      fingerprint({ ...document, access: { allow: ['a'], deny: [] } }),
      fingerprint({ ...document, classification: 'public' }),
      fingerprint({ ...document, url: 'https://acme.example' }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
  });

  it('is the same whether or not the caller knows the content fingerprint already', () => {
    const known = policy().decide(document, contentFingerprint(document));
    expect(known).toEqual(policy().decide(document));
  });
});
