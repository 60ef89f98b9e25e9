import type { BusinessDocument } from '../../core/contract/document.ts';
import { accessClass } from './access-class.ts';
import type { RetrieveQuestion } from './runtime-client.ts';
import type { KnowledgeBaseRetrievalResult } from '@aws-sdk/client-bedrock-agent-runtime';

/** How to recognise a document among what Retrieve returns. Kept in the receipt of a doubtful change only. */
export interface Probe {
  readonly text: string;
  readonly expected: Readonly<Record<string, string>>;
}

export const probeOf = (document: BusinessDocument): Probe => ({
  text: document.title.slice(0, 200),
  expected: {
    version: document.version,
    access: accessClass(document.access),
    classification: document.classification,
    trust: document.trust,
  },
});

/**
 * Whether Retrieve shows the document as sent, in another form, or not at all. Statuses cannot tell which of two
 * changes came last; the metadata can. `unseen` proves nothing: a vector store may be late.
 */
export async function lookAt(
  id: string,
  probe: Probe,
  retrieve: (question: RetrieveQuestion) => Promise<readonly KnowledgeBaseRetrievalResult[]>,
): Promise<'same' | 'other' | 'unseen'> {
  const filter = { equals: { key: 'doc_id', value: id } };
  const results = await retrieve({ text: probe.text, results: 5, filter });
  // A document that moves between the roads may still stand on the other one.
  const found = results.filter(
    ({ metadata, location }) => metadata?.['doc_id'] === id && location?.type !== 'S3',
  );
  if (found.length === 0) return 'unseen';
  const same = found.every(({ metadata }) =>
    Object.entries(probe.expected).every(([key, value]) => metadata?.[key] === value),
  );
  return same ? 'same' : 'other';
}
