import type { Listed } from '../catalog.ts';
import type { Database, Row } from './database.ts';

/** Document numbers of one step. */
const stepDocuments = 5000;

/** Counts what a query names in every range of documents, and gives the first ids; the last step has the result. */
export function* listInSteps(
  database: Database,
  limit: number,
  query: (range: { readonly after: number; readonly upTo: number }) => Row[],
): Generator<Listed | undefined> {
  const last = (database.get('SELECT max(id) FROM document')![0] as number | null) ?? 0;
  let ids: string[] = [];
  let count = 0;
  for (let after = 0; after < last; after += stepDocuments) {
    const found = query({ after, upTo: after + stepDocuments });
    count += found.length;
    if (found.length > 0) ids = [...ids, ...found.map((row) => row[0] as string)].sort().slice(0, limit);
    yield undefined;
  }
  yield { count, ids };
}
