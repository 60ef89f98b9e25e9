import { hash } from 'node:crypto';
import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { DocumentStore } from './document-store.ts';
import { parseFilter } from './filter.ts';
import type { Ranking } from './ranking.ts';
import { invalid, okReply } from './replies.ts';
import type { Switches } from './switches.ts';
import { isFields, type Fields } from './validation.ts';

const maxResults = 100;
const maxQuestion = 1000;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html */
export function retrieve(
  body: Fields,
  parts: {
    readonly store: DocumentStore;
    readonly ranking: Ranking;
    readonly switches: Switches;
    readonly dataSourceId: string;
  },
): LoopbackReply {
  const query = body['retrievalQuery'];
  const question = isFields(query) ? query['text'] : undefined;
  if (typeof question !== 'string' || question.trim() === '') throw invalid('Text input is required.');
  if (question.length > maxQuestion)
    throw invalid(`The query exceeds the limit of ${maxQuestion} characters.`);
  const configuration = isFields(body['retrievalConfiguration']) ? body['retrievalConfiguration'] : {};
  if (configuration['managedSearchConfiguration'] !== undefined)
    throw invalid('managedSearchConfiguration is not supported for a VECTOR knowledge base.');
  const search = isFields(configuration['vectorSearchConfiguration'])
    ? configuration['vectorSearchConfiguration']
    : {};
  const wanted = search['numberOfResults'] ?? 5;
  if (typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 1 || wanted > maxResults)
    throw invalid(`numberOfResults must be between 1 and ${maxResults}`);
  const filter =
    search['filter'] === undefined ? () => true : parseFilter(search['filter'], parts.switches.vectorStore);

  const results: unknown[] = [];
  for (const { id, chunk, text, score } of parts.ranking.search(question)) {
    const metadata = parts.store.get(id)?.live?.metadata;
    if (!metadata || !filter(metadata)) continue;
    results.push({
      content: { type: 'TEXT', text },
      location: { type: 'CUSTOM', customDocumentLocation: { id } },
      score,
      metadata: {
        ...metadata,
        'x-amz-bedrock-kb-data-source-id': parts.dataSourceId,
        'x-amz-bedrock-kb-chunk-id': hash('sha256', `${chunk} ${id}`).slice(0, 32),
      },
    });
    if (results.length === wanted) break;
  }
  return okReply(200, { retrievalResults: results });
}
