import type { KnowledgeBaseRetrievalResult, RetrievalFilter } from '@aws-sdk/client-bedrock-agent-runtime';
import type { SearchHit, SearchRequest } from '../../core/contract/destination.ts';
import { accessClass, mayRead } from './access-class.ts';
import type { RetrieveQuestion } from './client.ts';

const maxResults = 100;
const maxQuestion = 1000;
const maxClasses = 100;
const maxRounds = 3;

type Retrieve = (question: RetrieveQuestion) => Promise<readonly KnowledgeBaseRetrievalResult[]>;

export interface Searcher {
  search(request: SearchRequest): Promise<readonly SearchHit[]>;
  /** Tells of a class that a document was written with. */
  learn(accessClassOfDocument: string): void;
}

/**
 * Asks Retrieve for what the asker may read. Principals become classes: `everyone`, the class of each principal alone,
 * and every class met so far that one of them may read. Classes not met yet are looked for with `notIn`. Every result
 * is checked again here, so that a vector store which ignores a filter shows nothing that it should not.
 */
export function createSearcher(retrieve: Retrieve): Searcher {
  const classes = new Set<string>(['everyone']);
  return {
    learn: (one) => void classes.add(one),
    async search(request) {
      const text = request.text.trim().slice(0, maxQuestion);
      if (text === '' || request.limit < 1) return [];
      const principals = request.principals ?? [];
      const hits = new Map<string, SearchHit>();
      const ask = async (access: RetrievalFilter): Promise<boolean> => {
        const filter = every([...equalities(request), access]);
        for (const results of [Math.min(maxResults, request.limit * 4), maxResults]) {
          const found = await retrieve({ text, results, filter });
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

const equalities = ({ filter = {} }: SearchRequest): RetrievalFilter[] =>
  Object.entries(filter).map(([key, value]) => ({ equals: { key, value } }));

const oneOf = (values: readonly string[]): RetrievalFilter =>
  values.length === 1
    ? { equals: { key: 'access', value: String(values[0]) } }
    : { in: { key: 'access', value: [...values] } };

/** A group holds two to five filters, and groups nest once: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html */
function every(filters: readonly RetrievalFilter[]): RetrievalFilter | undefined {
  if (filters.length <= 1) return filters[0];
  if (filters.length <= 5) return { andAll: [...filters] };
  const groups: RetrievalFilter[] = [];
  const size = Math.ceil(filters.length / 5);
  for (let from = 0; from < filters.length; from += size) {
    const group = every(filters.slice(from, from + size));
    if (group) groups.push(group);
  }
  return { andAll: groups };
}

/** Keeps the best chunk of each document that the asker may read, and learns the classes that are met. */
function keep(
  { content, location, score = 0, metadata = {} }: KnowledgeBaseRetrievalResult,
  principals: readonly string[],
  request: SearchRequest,
  hits: Map<string, SearchHit>,
  classes: Set<string>,
): void {
  const access = metadata['access'];
  if (typeof access === 'string') classes.add(access);
  if (!mayRead(access, principals)) return;
  if (Object.entries(request.filter ?? {}).some(([key, value]) => metadata[key] !== value)) return;
  const id = location?.customDocumentLocation?.id ?? metadata['doc_id'];
  if (typeof id !== 'string' || (hits.get(id)?.score ?? -Infinity) >= score) return;
  const text = (key: string): string | undefined =>
    typeof metadata[key] === 'string' ? (metadata[key] as string) : undefined;
  const [title, url, version] = [text('title'), text('source'), text('version')];
  hits.set(id, {
    id,
    text: content?.text ?? '',
    score,
    ...(title === undefined ? {} : { title }),
    ...(url === undefined ? {} : { url }),
    ...(version === undefined ? {} : { version }),
  });
}
