import type { Change, ReadBack, WriteChange } from '../../core/contract/destination.ts';
import type { AzureSearchClient } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { indexFields } from './fields.ts';
import type { MappedChange } from './map-change.ts';
import { oneOf } from './odata-literal.ts';
import { readByKey } from './read-keys.ts';

const documentsAtOnce = 20;

/** Every field that the index returns of every passage, beside what would be written. */
export async function readBack(
  changes: readonly WriteChange[],
  {
    client,
    map,
    config,
  }: {
    readonly client: AzureSearchClient;
    readonly map: (change: Change) => MappedChange;
    readonly config: AzureAiSearchConfig;
  },
): Promise<ReadBack[]> {
  const fields = indexFields(config)
    .filter((one) => !one.hidden && one.name !== 'key')
    .map((one) => one.name);
  const answers: ReadBack[] = [];
  for (let from = 0; from < changes.length; from += documentsAtOnce) {
    const some = changes.slice(from, from + documentsAtOnce);
    const rows = new Map<string, Readonly<Record<string, unknown>>>();
    const filter = `(${oneOf(
      'doc_id',
      some.map((one) => one.id),
    )})`;
    for await (const row of readByKey(client, fields, filter)) rows.set(String(row['key']), row);
    for (const change of some) answers.push(compare(change, map(change), rows, fields));
  }
  return answers;
}

function compare(
  change: WriteChange,
  { uploads }: MappedChange,
  rows: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
  fields: readonly string[],
): ReadBack {
  const own = [...rows.values()].filter((row) => row['doc_id'] === change.id);
  if (own.length === 0) return { status: 'unseen' };
  const wrong = new Set<string>();
  if (own.length !== uploads.length) wrong.add('key');
  for (const upload of uploads) {
    const row = rows.get(upload.key);
    if (!row) wrong.add('key');
    else for (const name of fields) if (plain(upload[name]) !== plain(row[name])) wrong.add(name);
  }
  return wrong.size === 0 ? { status: 'same' } : { status: 'different', fields: [...wrong].sort() };
}

/** The service returns what is absent as null, an empty list as such, and an instant as the SDK reads it: a Date. */
function plain(value: unknown): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return 'null';
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  return JSON.stringify(value);
}
