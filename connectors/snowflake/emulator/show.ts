import type { Environment } from './functions.ts';
import type { Result } from './execute.ts';
import { unknownObject } from './sql-error.ts';
import { instantFromMs, parseSqlType } from './sql-types.ts';
import type { Store } from './store.ts';
import type { Statement } from './syntax.ts';
import type { OutputColumn } from './scope.ts';
import { likePattern } from './conversions.ts';

const text = (name: string): OutputColumn => ({ name, type: parseSqlType('VARCHAR'), nullable: true });
const rowsOf = (names: readonly string[], rows: Result['rows']): Result => ({
  statementTypeId: 24576,
  columns: names.map(text),
  rows,
});

/** SHOW TABLES, VIEWS, SEMANTIC VIEWS and PRIMARY KEYS. https://docs.snowflake.com/en/sql-reference/sql/show-tables */
export function show(
  statement: Statement & { statement: 'show' },
  store: Store,
  environment: Environment,
): Result {
  const { path, what, like } = statement;
  const inSchema = statement.scope === 'SCHEMA';
  const database = path.at(inSchema ? -2 : -3) ?? environment.database;
  const schema = path.at(inSchema ? -1 : -2) ?? environment.schema;
  const inPlace = (one: { readonly database: string; readonly schema: string }): boolean =>
    one.database === database && one.schema === schema;
  const everything = store
    .tables()
    .filter((table) => inPlace(table) && (inSchema || table.name === path.at(-1)));
  if (everything.length === 0) throw unknownObject(inSchema ? 'Schema' : 'Table', path.join('.'));
  const named = <T extends { readonly name: string }>(all: readonly T[]): T[] =>
    all.filter((one) => like === undefined || likePattern(like, 'isu').test(one.name));
  const tables = named(everything);
  const created = String(Math.floor(environment.nowMs / 1000));
  if (what === 'SEMANTIC VIEWS')
    return rowsOf(
      ['created_on', 'name', 'database_name', 'schema_name', 'comment'],
      named(store.semanticViews.filter(inPlace)).map((view) => [
        created,
        view.name,
        view.database,
        view.schema,
        view.comment ?? '',
      ]),
    );
  if (what !== 'PRIMARY KEYS')
    return rowsOf(
      ['created_on', 'name', 'database_name', 'schema_name', 'kind', 'comment', 'change_tracking'],
      tables
        .filter((table) => table.isView === (what === 'VIEWS'))
        .map((table) => [
          created,
          table.name,
          table.database,
          table.schema,
          what === 'VIEWS' ? 'VIEW' : 'TABLE',
          table.comment ?? '',
          store.isTracked(table, environment.nowMs) ? 'ON' : 'OFF',
        ]),
    );
  return rowsOf(
    [
      'created_on',
      'database_name',
      'schema_name',
      'table_name',
      'column_name',
      'key_sequence',
      'constraint_name',
      'rely',
      'comment',
    ],
    tables.flatMap((table) =>
      table.key.map((key, at) => [
        instantFromMs(table.createdMs),
        table.database,
        table.schema,
        table.name,
        key,
        String(at + 1),
        `SYS_CONSTRAINT_${table.sqlName}`,
        'false',
        null,
      ]),
    ),
  );
}

/** One row per property of an object of the view. https://docs.snowflake.com/en/sql-reference/sql/desc-semantic-view */
export function describeSemanticView(
  path: readonly string[],
  store: Store,
  environment: Environment,
): Result {
  const [database, schema, name] = [
    path.at(-3) ?? environment.database,
    path.at(-2) ?? environment.schema,
    path.at(-1)!,
  ];
  const view = store.semanticViews.find(
    (one) => one.database === database && one.schema === schema && one.name === name,
  );
  if (!view) throw unknownObject('Semantic view', path.join('.'));
  const about = view.comment === undefined ? [] : [[null, null, null, 'COMMENT', view.comment]];
  const parts = view.parts.flatMap((part) => {
    const row = (property: string, value: string) => [
      part.kind,
      part.name,
      part.table ?? null,
      property,
      value,
    ];
    return [
      ...(part.expression === undefined ? [] : [row('EXPRESSION', part.expression)]),
      ...(part.type === undefined ? [] : [row('DATA_TYPE', part.type)]),
      ...(part.comment === undefined ? [] : [row('COMMENT', part.comment)]),
      ...(part.synonyms === undefined ? [] : [row('SYNONYMS', JSON.stringify(part.synonyms))]),
    ];
  });
  return rowsOf(
    ['object_kind', 'object_name', 'parent_entity', 'property', 'property_value'],
    [...about, ...parts],
  );
}
