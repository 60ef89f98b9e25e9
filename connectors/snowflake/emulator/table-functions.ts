import { unknownObject, unsupported } from './sql-error.ts';
import { encodeValue, parseSqlType } from './sql-types.ts';
import type { Store, StoredColumn, StoredTable } from './store.ts';

export interface QueryRecord {
  readonly sessionId: number;
  readonly queryId: string;
  readonly queryTag: string;
  readonly warehouse: string | null;
  readonly startMs: number;
  readonly executionMs: number;
  readonly bytesScanned: number;
}

const columns = (types: Readonly<Record<string, string>>): StoredColumn[] =>
  Object.entries(types).map(([name, type]) => ({
    name,
    type: parseSqlType(type),
    nullable: true,
    comment: undefined,
  }));
type Value = string | number | null;

interface TableFunction {
  readonly columns: readonly StoredColumn[];
  rows(store: Store, values: readonly string[], sessionId: number): readonly (readonly Value[])[];
}

/** Table functions of INFORMATION_SCHEMA. https://docs.snowflake.com/en/sql-reference/info-schema#table-functions */
const FUNCTIONS: Readonly<Record<string, TableFunction>> = {
  /** https://docs.snowflake.com/en/sql-reference/functions/tag_references_all_columns */
  TAG_REFERENCES_ALL_COLUMNS: {
    columns: columns({
      TAG_DATABASE: 'VARCHAR',
      TAG_SCHEMA: 'VARCHAR',
      TAG_NAME: 'VARCHAR',
      TAG_VALUE: 'VARCHAR',
      LEVEL: 'VARCHAR',
      OBJECT_NAME: 'VARCHAR',
      DOMAIN: 'VARCHAR',
      COLUMN_NAME: 'VARCHAR',
    }),
    rows(store, [object, domain]) {
      const table = tableOf(store, object, domain);
      return table.columns.flatMap((one) =>
        Object.entries(one.tags ?? {}).map(([tag, value]) => [
          'SNOWFLAKE',
          'CORE',
          tag,
          value,
          'COLUMN',
          table.name,
          'COLUMN',
          one.name,
        ]),
      );
    },
  },
  /** https://docs.snowflake.com/en/sql-reference/functions/policy_references */
  POLICY_REFERENCES: {
    columns: columns({
      POLICY_NAME: 'VARCHAR',
      POLICY_KIND: 'VARCHAR',
      REF_ENTITY_NAME: 'VARCHAR',
      REF_COLUMN_NAME: 'VARCHAR',
      POLICY_STATUS: 'VARCHAR',
    }),
    rows(store, [object, domain]) {
      const table = tableOf(store, object, 'TABLE');
      if (domain?.toUpperCase() !== (table.isView ? 'VIEW' : 'TABLE'))
        throw unknownObject('Object', table.name);
      return table.policies.map(({ kind, column }) => [
        `${kind}_1`,
        kind,
        table.name,
        column ?? null,
        'ACTIVE',
      ]);
    },
  },
  /** https://docs.snowflake.com/en/sql-reference/functions/query_history */
  QUERY_HISTORY_BY_SESSION: {
    columns: columns({
      QUERY_ID: 'VARCHAR',
      QUERY_TAG: 'VARCHAR',
      WAREHOUSE_NAME: 'VARCHAR',
      START_TIME: 'TIMESTAMP_LTZ(3)',
      EXECUTION_TIME: 'NUMBER(38,0)',
      BYTES_SCANNED: 'NUMBER(38,0)',
    }),
    rows: (store, [limit], sessionId) =>
      store.queryLog
        .filter((one) => one.sessionId === sessionId)
        .slice(-Math.min(Number(limit ?? 100), 10_000))
        .map((one) => [
          one.queryId,
          one.queryTag,
          one.warehouse,
          new Date(one.startMs).toISOString(),
          one.executionMs,
          one.bytesScanned,
        ]),
  },
};

function tableOf(store: Store, object: string | undefined, domain: string | undefined): StoredTable {
  const table = store
    .tables()
    .find((one) => [one.database, one.schema, one.name].map((part) => `"${part}"`).join('.') === object);
  if (!table || domain?.toUpperCase() !== 'TABLE') throw unknownObject('Table', String(object));
  return table;
}

/** Fills a table with what a table function answers. */
export function callTableFunction(
  store: Store,
  path: readonly string[],
  values: readonly string[],
  sessionId: number,
): Pick<StoredTable, 'sqlName' | 'columns'> {
  const found = path.at(-2) === 'INFORMATION_SCHEMA' ? FUNCTIONS[path.at(-1)!] : undefined;
  if (!found) throw unsupported(`table function ${path.join('.')}`);
  const rows = found.rows(store, values, sessionId);
  const sqlName = `function_${path.at(-1)!.toLowerCase()}`;
  const names = found.columns.map((_, at) => `c${at}`).join(', ');
  store.sqlite.exec(`DROP TABLE IF EXISTS ${sqlName}; CREATE TEMP TABLE ${sqlName} (${names})`);
  const insert = store.sqlite.prepare(
    `INSERT INTO ${sqlName} VALUES (${found.columns.map(() => '?').join(', ')})`,
  );
  for (const row of rows) insert.run(...row.map((value, at) => encodeValue(found.columns[at]!.type, value)));
  return { sqlName, columns: found.columns };
}
