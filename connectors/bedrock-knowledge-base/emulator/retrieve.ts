import { hash } from 'node:crypto';
import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { EmulatedSource } from './data-sources.ts';
import type { DocumentContent } from './document-store.ts';
import { parseFilter } from './filter.ts';
import { hasAccessLists, type Generation } from './knowledge-base.ts';
import { invalid, okReply } from './replies.ts';
import { checkReranking, rerank } from './reranking.ts';
import type { Switches } from './switches.ts';
import { isFields, oneOf, text, type Fields } from './validation.ts';

const maxResults = 100;
/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-quotas.html */
const maxQuestion = { VECTOR: 1000, MANAGED: 10_000 };
const branches = { VECTOR: 'vectorSearchConfiguration', MANAGED: 'managedSearchConfiguration' };

interface Result {
  readonly content: { readonly type: 'TEXT'; readonly text: string };
  readonly score: number;
  readonly [member: string]: unknown;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Retrieve.html */
export function retrieve(
  body: Fields,
  parts: {
    readonly sources: readonly EmulatedSource[];
    readonly generation: Generation;
    readonly switches: Switches;
  },
): LoopbackReply {
  const { generation, switches } = parts;
  const query = body['retrievalQuery'];
  const question = isFields(query) ? query['text'] : undefined;
  if (typeof question !== 'string' || question.trim() === '') throw invalid('Text input is required.');
  if (question.length > maxQuestion[generation])
    throw invalid(`The query exceeds the limit of ${maxQuestion[generation]} characters.`);
  const configuration = isFields(body['retrievalConfiguration']) ? body['retrievalConfiguration'] : {};
  for (const [other, branch] of Object.entries(branches))
    if (other !== generation && configuration[branch] !== undefined)
      throw invalid(`${branch} is not supported for a ${generation} knowledge base.`);
  const branch = configuration[branches[generation]];
  const search = isFields(branch) ? branch : {};
  const wanted = search['numberOfResults'] ?? 5;
  if (typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 1 || wanted > maxResults)
    throw invalid(`numberOfResults must be between 1 and ${maxResults}`);
  if (search['overrideSearchType'] !== undefined)
    oneOf(search['overrideSearchType'], 'overrideSearchType', ['HYBRID', 'SEMANTIC']);
  const again = checkReranking(search, generation);
  const store = generation === 'MANAGED' ? 'managed' : switches.vectorStore;
  const filter = search['filter'] === undefined ? () => true : parseFilter(search['filter'], store);
  const user = userOf(body['userContext']);

  const results = parts.sources
    .flatMap((source) => found(source, question, (content) => filter(content.metadata), wanted, user))
    .sort((a, b) => b.score - a.score)
    .slice(0, wanted);
  return okReply(200, { retrievalResults: again ? rerank(results, question) : results });
}

function found(
  source: EmulatedSource,
  question: string,
  matches: (content: DocumentContent) => boolean,
  wanted: number,
  user: string | undefined,
): Result[] {
  const results: Result[] = [];
  const managed = isFields(source.resource['dataSourceConfiguration'])
    ? source.resource['dataSourceConfiguration']['type'] === 'MANAGED_KNOWLEDGE_BASE_CONNECTOR'
    : false;
  for (const { id, chunk, text: passage, score } of source.ranking.search(question)) {
    const live = source.store.get(id)?.live;
    if (!live || !matches(live)) continue;
    if (hasAccessLists(source.resource) && !mayFind(live, user)) continue;
    const chunkId = hash('sha256', `${chunk} ${id}`).slice(0, 32);
    results.push({
      content: { type: 'TEXT', text: passage },
      location: source.objects
        ? { type: 'S3', s3Location: { uri: id } }
        : { type: 'CUSTOM', customDocumentLocation: { id } },
      score,
      metadata: {
        ...live.metadata,
        ...(managed
          ? { _source_uri: id, _data_source_id: source.id }
          : { 'x-amz-bedrock-kb-data-source-id': source.id, 'x-amz-bedrock-kb-chunk-id': chunkId }),
        ...(source.objects ? { 'x-amz-bedrock-kb-source-uri': id } : {}),
      },
      ...(managed ? { documentId: id } : {}),
    });
    if (results.length === wanted) break;
  }
  return results;
}

/** Deny beats allow; without a list or without a user nothing is found, and nobody is told. */
function mayFind({ access }: DocumentContent, user: string | undefined): boolean {
  const mine = access.filter(({ name }) => name === user);
  return mine.some((one) => one.access === 'ALLOW') && !mine.some((one) => one.access === 'DENY');
}

function userOf(context: unknown): string | undefined {
  if (context === undefined) return undefined;
  if (!isFields(context)) throw invalid('userContext must be an object.');
  return text(context['userId'], 'userContext.userId', 1, 256);
}
