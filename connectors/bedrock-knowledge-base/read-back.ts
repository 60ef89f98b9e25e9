import type { KnowledgeBaseRetrievalResult } from '@aws-sdk/client-bedrock-agent-runtime';
import type { ReadBack, WriteChange } from '../../core/contract/destination.ts';
import type { MetadataAttribute } from '@aws-sdk/client-bedrock-agent';
import { probeOf } from './probe.ts';
import type { RequestDocument } from './request-document.ts';
import type { RetrieveQuestion } from './runtime-client.ts';

const chunks = 20;

/**
 * Lists of documents tell no metadata, so each document is asked for by its id through Retrieve, and every attribute of every
 * passage found is compared; the version among them stands for the content.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html
 */
export async function readBack(
  changes: readonly WriteChange[],
  encoded: (change: WriteChange) => RequestDocument,
  retrieve: (question: RetrieveQuestion) => Promise<readonly KnowledgeBaseRetrievalResult[]>,
): Promise<ReadBack[]> {
  const answers: ReadBack[] = [];
  for (const change of changes) {
    const { inlineAttributes = [], accessControlList = [] } = encoded(change).wire.metadata ?? {};
    const found = await retrieve({
      text: probeOf(change.document).text,
      results: chunks,
      filter: { equals: { key: 'doc_id', value: change.id } },
      userId: accessControlList.find((one) => one.access === 'ALLOW')?.name,
    });
    const own = found.filter(({ metadata }) => metadata?.['doc_id'] === change.id);
    const wrong = own.flatMap(({ metadata = {} }) =>
      inlineAttributes.filter((one) => !isStored(one, metadata)).map((one) => one.key ?? ''),
    );
    if (own.length === 0) answers.push({ status: 'unseen' });
    else if (wrong.length === 0) answers.push({ status: 'same' });
    else answers.push({ status: 'different', fields: [...new Set(wrong)].sort() });
  }
  return answers;
}

function isStored({ key, value }: MetadataAttribute, metadata: Readonly<Record<string, unknown>>): boolean {
  const sent = value?.stringValue ?? value?.numberValue ?? value?.booleanValue ?? value?.stringListValue;
  return JSON.stringify(metadata[key ?? '']) === JSON.stringify(sent);
}
