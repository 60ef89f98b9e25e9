import type { KnowledgeBaseRetrievalResult } from '@aws-sdk/client-bedrock-agent-runtime';
import {
  bedrockFilterValues,
  toBedrockFilter,
  type BedrockCondition,
} from '../../core/retrieval/bedrock-filter.ts';
import type { Filter } from '../../core/retrieval/filter.ts';
import { matchesFilter } from '../../core/retrieval/match-filter.ts';
import type { RetrievedPassage } from '../../core/retrieval/passage.ts';
import type { RetrievalRequest } from '../../core/retrieval/retrieval-request.ts';
import { accessClass, mayRead } from './access-class.ts';
import { userOf } from './access-list.ts';
import type { BedrockConfig } from './config.ts';
import type { RetrieveQuestion } from './runtime-client.ts';
import { documentIdOf, passageOf } from './passage.ts';

const maxResults = 100;
/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-quotas.html */
const maxQuestion = { VECTOR: 1000, MANAGED: 10_000 };
const maxClasses = 100;
const maxRounds = 3;

type Retrieve = (question: RetrieveQuestion) => Promise<readonly KnowledgeBaseRetrievalResult[]>;

/** A question to a knowledge base; `limit` is a number of documents. */
export interface BedrockSearchRequest extends RetrievalRequest {
  /** VECTOR: by words and nearness together, where the vector store can; elsewhere the service falls back silently. */
  readonly searchType?: 'HYBRID' | 'SEMANTIC';
  /** Ranks what was found once more, with the configured reranking; the service charges for it. */
  readonly rerank?: boolean;
  /** The asker, as the access lists of the data source name users; else the first user among the principals. */
  readonly userId?: string;
}

export interface Searcher {
  /** The best passage of each document, best first. */
  search(request: BedrockSearchRequest): Promise<readonly RetrievedPassage[]>;
  /** Tells of a class that a document was written with. */
  learn(accessClassOfDocument: string): void;
}

/**
 * Asks Retrieve for what the asker may read. Principals become classes: `everyone`, the class of each principal alone,
 * and every class met so far that one of them may read. Classes not met yet are looked for with `notIn`. Every result
 * is checked again here, so that a vector store which ignores a filter shows nothing that it should not.
 */
export function createSearcher(
  retrieve: Retrieve,
  {
    knowledgeBaseType,
    accessControlList,
    vectorStore,
  }: Pick<BedrockConfig, 'knowledgeBaseType' | 'accessControlList' | 'vectorStore'>,
): Searcher {
  const classes = new Set<string>(['everyone']);
  return {
    learn: (one) => void classes.add(one),
    async search(request) {
      const text = request.text.trim().slice(0, maxQuestion[knowledgeBaseType]);
      if (text === '' || request.limit < 1) return [];
      const { searchType, rerank } = request;
      const principals = request.principals ?? [];
      const userId = accessControlList && (request.userId ?? principals.map(userOf).find(Boolean));
      const where =
        request.where && vectorStore === 'S3_VECTORS' ? withoutLists(request.where) : request.where;
      const hits = new Map<string, RetrievedPassage>();
      const ask = async (access: BedrockCondition): Promise<boolean> => {
        const { filter } = toBedrockFilter(where, [access, ...equalities(request)]);
        for (const results of [Math.min(maxResults, request.limit * 4), maxResults]) {
          const found = await retrieve({ text, results, filter, userId, searchType, rerank });
          for (const result of found) keep(result, principals, request, hits, classes);
          if (found.length < results || hits.size >= request.limit || results === maxResults)
            return found.length > 0;
        }
        return true;
      };
      const readable = [...classes].filter((one) => mayRead(one, principals));
      const own = principals.map((one) => accessClass({ allow: [one], deny: [] }));
      await ask(oneOf([...new Set(['everyone', ...own, ...readable])].slice(0, maxClasses)));
      if (principals.length > 0) {
        for (const one of own) classes.add(one);
        for (let round = 1, known = -1; round <= maxRounds && classes.size !== known; round++) {
          known = classes.size;
          if (!(await ask({ notIn: { key: 'access', value: [...classes, 'nobody'].slice(-maxClasses) } })))
            break;
        }
      }
      return [...hits.values()].sort((a, b) => b.score - a.score).slice(0, request.limit);
    },
  };
}

/** S3 Vectors cannot be asked about lists: that condition is left to the check of every result. */
function withoutLists(filter: Filter, positive = true): Filter {
  switch (filter.op) {
    case 'has':
      return { op: positive ? 'and' : 'or', filters: [] };
    case 'not':
      return { op: 'not', filter: withoutLists(filter.filter, !positive) };
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map((one) => withoutLists(one, positive)) };
    default:
      return filter;
  }
}

const equalities = ({ filter = {} }: BedrockSearchRequest): BedrockCondition[] =>
  Object.entries(filter).map(([key, value]) => ({ equals: { key, value } }));

const oneOf = (values: readonly string[]): BedrockCondition =>
  values.length === 1
    ? { equals: { key: 'access', value: String(values[0]) } }
    : { in: { key: 'access', value: [...values] } };

/** Keeps the best chunk of each document that the asker may read, and learns the classes that are met. */
function keep(
  result: KnowledgeBaseRetrievalResult,
  principals: readonly string[],
  request: BedrockSearchRequest,
  hits: Map<string, RetrievedPassage>,
  classes: Set<string>,
): void {
  const { score = 0, metadata = {} } = result;
  const access = metadata['access'];
  if (typeof access === 'string') classes.add(access);
  if (!mayRead(access, principals)) return;
  if (Object.entries(request.filter ?? {}).some(([key, value]) => metadata[key] !== value)) return;
  if (request.where && !matchesFilter(request.where, bedrockFilterValues(metadata))) return;
  const id = documentIdOf(result);
  if (id === undefined || (hits.get(id)?.score ?? -Infinity) >= score) return;
  hits.set(id, passageOf(id, result));
}
