import { unknownObject } from './sql-error.ts';
import { dataTypeName, encodeValue, parseSqlType } from './sql-types.ts';
import type { Store, StoredColumn, StoredTable } from './store.ts';

const column = (name: string, type: string): StoredColumn => ({
  name,
  type: parseSqlType(type),
  nullable: true,
  comment: undefined,
});

const VIEWS: Readonly<Record<string, readonly StoredColumn[]>> = {
  TABLES: [
    column('TABLE_CATALOG', 'VARCHAR'),
    column('TABLE_SCHEMA', 'VARCHAR'),
    column('TABLE_NAME', 'VARCHAR'),
    column('TABLE_TYPE', 'VARCHAR'),
    column('ROW_COUNT', 'NUMBER'),
    column('COMMENT', 'VARCHAR'),
  ],
  COLUMNS: [
    column('TABLE_CATALOG', 'VARCHAR'),
    column('TABLE_SCHEMA', 'VARCHAR'),
    column('TABLE_NAME', 'VARCHAR'),
    column('COLUMN_NAME', 'VARCHAR'),
    column('ORDINAL_POSITION', 'NUMBER'),
    column('IS_NULLABLE', 'VARCHAR'),
    column('DATA_TYPE', 'VARCHAR'),
    column('NUMERIC_PRECISION', 'NUMBER'),
    column('NUMERIC_SCALE', 'NUMBER'),
    column('DATETIME_PRECISION', 'NUMBER'),
    column('COMMENT', 'VARCHAR'),
  ],
};

/** Fills a view of INFORMATION_SCHEMA from the tables as they are now. */
export function informationSchemaView(store: Store, database: string, view: string): StoredTable {
  const columns = VIEWS[view];
  const tables = store.tables().filter((table) => table.database === database);
  if (!columns || tables.length === 0)
    throw unknownObject('Object', `${database}.INFORMATION_SCHEMA.${view}`);
  const sqlName = `information_schema_${view.toLowerCase()}`;
  store.sqlite.exec(
    `DROP TABLE IF EXISTS ${sqlName}; CREATE TEMP TABLE ${sqlName} (${columns.map((_, at) => `c${at}`).join(', ')})`,
  );
  const insert = store.sqlite.prepare(`INSERT INTO ${sqlName} VALUES (${columns.map(() => '?').join(', ')})`);
  const add = (values: readonly (string | number | null)[]): void =>
    void insert.run(...values.map((value, at) => encodeValue(columns[at]!.type, value)));
  for (const table of tables) {
    const place = [table.database, table.schema, table.name];
    if (view === 'TABLES')
      add([...place, table.isView ? 'VIEW' : 'BASE TABLE', store.count(table), table.comment ?? null]);
    else
      for (const [index, one] of table.columns.entries()) {
        const fixed = one.type.kind === 'fixed';
        add([
          ...place,
          one.name,
          index + 1,
          one.nullable ? 'YES' : 'NO',
          dataTypeName(one.type),
          one.type.precision,
          fixed ? one.type.scale : null,
          fixed ? null : one.type.scale,
          one.comment ?? null,
        ]);
      }
  }
  return {
    database,
    schema: 'INFORMATION_SCHEMA',
    name: view,
    comment: undefined,
    key: [],
    columns,
    sqlName,
    createdMs: 0,
    isView: true,
    policies: [],
  };
}
