import type { StatementSync } from 'node:sqlite';
import type { Json, JsonObject } from '../../../core/contract/json.ts';
import { apiError } from './api-error.ts';
import type { EmulatedField, ObjectType } from './object-type.ts';
import type { Org } from './org.ts';
import { compileSoql } from './soql.ts';
import { isRelated, sqlOf } from './soql-relationship.ts';
import { quote } from './values.ts';

export interface QueryAnswer {
  readonly totalSize: number;
  readonly done: boolean;
  readonly nextRecordsUrl?: string;
  readonly records: readonly unknown[];
}
export interface QueryRunner {
  query(
    soql: string,
    options: { readonly scanAll: boolean; readonly batchSize?: number | undefined; readonly version: string },
  ): QueryAnswer;
  queryMore(locator: string, version: string): QueryAnswer;
}
interface OpenResult {
  readonly object: ObjectType;
  readonly fields: readonly EmulatedField[];
  readonly rowIds: readonly number[];
  readonly batchSize: number;
  readonly expiresAt: number;
}

/** A locator is good for two days: https://help.salesforce.com/s/articleView?id=000384958&type=1 */
const locatorLifetimeMs = 2 * 24 * 3_600_000;

/** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm */
export function createQueryRunner(
  org: Org,
  options: { readonly now: () => number; readonly pageSize: number },
): QueryRunner {
  const statements = new Map<string, StatementSync>();
  const results = new Map<string, OpenResult>();
  let serial = 0;

  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    if (statements.size > 500) statements.clear();
    const statement = org.database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  /** Two or more custom long text fields make the page small, whatever was asked for. */
  const batchSizeOf = (fields: readonly EmulatedField[], asked: number | undefined): number => {
    const longTexts = fields.filter(
      (field) => field.type === 'textarea' && field.name.endsWith('__c'),
    ).length;
    const batchSize = Math.min(2000, Math.max(200, asked ?? 2000), longTexts >= 2 ? 200 : 2000);
    return Math.min(batchSize, options.pageSize);
  };
  const toRecord = (object: ObjectType, fields: readonly EmulatedField[], version: string) => {
    const base = `/services/data/v${version}/sobjects/${object.name}/`;
    return (row: Record<string, unknown>): Record<string, Json> => {
      const record: Record<string, Json> = {
        attributes: { type: object.name, url: `${base}${String(row[':id'])}` },
      };
      for (const field of fields) {
        const value = toJson(field, row[field.name] as Json);
        if (!isRelated(field)) {
          record[field.name] = value;
          continue;
        }
        const [relationship = '', name = ''] = field.name.split('.');
        const parent = row[`:${field.lookup}`];
        const known = (record[relationship] ?? { attributes: { type: field.parent } }) as JsonObject;
        record[relationship] = parent === null ? null : { ...known, [name]: value };
      }
      return record;
    };
  };
  const columnsOf = (fields: readonly EmulatedField[]): string =>
    [
      `Id AS ":id"`,
      ...fields.map((field) => `${sqlOf(field)} AS ${quote(field.name)}`),
      ...new Set(fields.filter(isRelated).map((one) => `${quote(one.lookup)} AS ${quote(`:${one.lookup}`)}`)),
    ].join(', ');

  const page = (key: string, offset: number, version: string): QueryAnswer => {
    const open = results.get(key);
    if (!open || open.expiresAt <= options.now() || offset >= open.rowIds.length) {
      throw apiError(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    }
    const { object, fields, rowIds, batchSize } = open;
    const statement = prepare(`SELECT ${columnsOf(fields)} FROM ${quote(object.name)} WHERE rowid = ?`);
    const next = offset + batchSize;
    const done = next >= rowIds.length;
    return {
      totalSize: rowIds.length,
      done,
      ...(done ? {} : { nextRecordsUrl: `/services/data/v${version}/query/${key}-${next}` }),
      records: rowIds
        .slice(offset, next)
        .map((id) => statement.get(id))
        .filter((row) => row !== undefined)
        .map(toRecord(object, fields, version)),
    };
  };

  return {
    query(soql, { scanAll, batchSize: asked, version }) {
      const compiled = compileSoql(soql, org.objects, scanAll);
      const { object, fields, where, parameters, limit } = compiled;
      const from = `FROM ${quote(object.name)}${where}`;
      if (compiled.count) {
        const row = prepare(`SELECT count(*) AS size ${from}`).get(...parameters);
        return { totalSize: Number(row?.['size']), done: true, records: [] };
      }
      const batchSize = batchSizeOf(fields, asked);
      const bounded = `${compiled.order} LIMIT ${Math.min(limit ?? Infinity, batchSize + 1)} OFFSET ${compiled.offset}`;
      const rows = prepare(`SELECT ${columnsOf(fields)} ${from}${bounded}`).all(...parameters);
      if (rows.length <= batchSize) {
        return { totalSize: rows.length, done: true, records: rows.map(toRecord(object, fields, version)) };
      }
      const rowIds = prepare(
        `SELECT rowid AS ":row" ${from}${compiled.order} LIMIT ${limit ?? -1} OFFSET ${compiled.offset}`,
      )
        .all(...parameters)
        .map((row) => Number(row[':row']));
      const key = `01g${String(++serial).padStart(12, '0')}AAA`;
      results.set(key, { object, fields, rowIds, batchSize, expiresAt: options.now() + locatorLifetimeMs });
      if (results.size > 100) results.delete(results.keys().next().value!);
      return page(key, 0, version);
    },
    queryMore(locator, version) {
      const [, key, offset] = /^(\w+)-(\d+)$/.exec(locator) ?? [];
      return page(key ?? '', Number(offset ?? 0), version);
    },
  };
}

function toJson({ type }: EmulatedField, value: Json): Json {
  if (value === null) return null;
  if (type === 'boolean') return value === 1;
  return type === 'address' || type === 'location' ? (JSON.parse(String(value)) as Json) : value;
}
