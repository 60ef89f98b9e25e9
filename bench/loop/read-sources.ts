import { recordId18 } from '../../connectors/salesforce/record-id.ts';
import type { StreamConfig } from '../../core/config/config.ts';
import type { Json } from '../../core/contract/json.ts';
import pLimit from 'p-limit';
import type { PlainRecord } from './join-in-memory.ts';
import * as salesforce from './salesforce-pages.ts';
import * as snowflake from './snowflake-pages.ts';

/** A request of a read, as it can be made again. */
export interface RecordedRequest {
  readonly url: string;
  readonly init: RequestInit;
}

export interface ReadAll {
  /** By stream id, in the order in which the sources gave them. */
  readonly records: ReadonlyMap<string, readonly PlainRecord[]>;
  readonly requests: readonly RecordedRequest[];
}

const streamsAtOnce = 4;

/** Reads every stream page by page, four of a source at once; `onPage` is told each page as it comes. */
export async function readSources(
  streams: readonly StreamConfig[],
  env: Readonly<Record<string, string | undefined>>,
  onPage: (stream: string, page: readonly PlainRecord[]) => Promise<void> = async () => undefined,
): Promise<ReadAll> {
  const records = new Map<string, PlainRecord[]>(streams.map((stream) => [stream.id, []]));
  const requests: RecordedRequest[] = [];
  const take = async (stream: string, page: readonly PlainRecord[]): Promise<void> => {
    records.get(stream)!.push(...page);
    await onPage(stream, page);
  };
  const [crm, warehouse] = await Promise.all([salesforce.logIn(env), snowflake.logIn(env)]);
  const limits = { salesforce: pLimit(streamsAtOnce), snowflake: pLimit(streamsAtOnce) };
  const readSalesforce = async ({ id, name, fields }: StreamConfig): Promise<void> => {
    const note = (url: string): void =>
      void requests.push({ url, init: { headers: salesforce.headersOf(crm) } });
    for await (const rows of salesforce.readObject(crm, name, fields, note))
      await take(
        id,
        rows.map((row) => fromSalesforce(row, fields)),
      );
  };
  const readSnowflake = async ({ id, fields }: StreamConfig): Promise<void> => {
    const table = snowflake.tables[id]!;
    const note = (url: string, init: RequestInit): void => void requests.push({ url, init });
    for await (const rows of snowflake.query(warehouse, table.sql, note))
      await take(
        id,
        rows.map((row) => fromSnowflake(row, table, fields)),
      );
  };
  await Promise.all(
    streams.map((stream) =>
      stream.id.startsWith('salesforce.')
        ? limits.salesforce(() => readSalesforce(stream))
        : limits.snowflake(() => readSnowflake(stream)),
    ),
  );
  return { records, requests };
}

function fromSalesforce(row: salesforce.Row, fields: readonly string[]): PlainRecord {
  const data: Record<string, Json> = {};
  for (const name of fields) {
    const value = row[name] as Json;
    data[name] = typeof value === 'string' && value.endsWith('+0000') ? instant(value) : value;
  }
  return { key: recordId18(String(row['Id'])), data, modifiedAt: instant(String(row['SystemModstamp'])) };
}

const instant = (text: string): string => text.replace('+0000', 'Z');

function fromSnowflake(
  row: snowflake.TextRow,
  { columns, key }: (typeof snowflake.tables)[string],
  fields: readonly string[],
): PlainRecord {
  const value = (name: string): string | null => row[columns.indexOf(name)] ?? null;
  return {
    key: key.map((name) => value(name)).join('|'),
    data: Object.fromEntries(fields.map((name) => [name, value(name)])),
    modifiedAt: `${String(value('UPDATED_AT')).slice(0, 23)}Z`,
  };
}
