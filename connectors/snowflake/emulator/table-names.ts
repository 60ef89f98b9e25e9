import type { TableColumn } from '../../../core/testing/table.ts';
import { parseSqlType, type SqlType } from './sql-types.ts';

/** A plain name folds to upper case, as unquoted identifiers do; any other is kept as it is. */
export const fold = (name: string): string => (/^[A-Za-z_][\w$]*$/.test(name) ? name.toUpperCase() : name);

/** Completes `TABLE` or `SCHEMA.TABLE` to database, schema and table. */
export function qualify(
  name: string,
  defaults: { readonly database: string; readonly schema: string },
): { database: string; schema: string; table: string } {
  const parts = name.split('.').map(fold);
  return {
    table: parts.at(-1)!,
    schema: parts.at(-2) ?? defaults.schema,
    database: parts.at(-3) ?? defaults.database,
  };
}

/** Instants are TIMESTAMP_TZ, since the kit's timestamps name their zone. */
export function typeOf(column: TableColumn): SqlType {
  switch (column.type) {
    case 'integer':
      return parseSqlType('NUMBER(38,0)');
    case 'number':
      return column.scale === undefined ? parseSqlType('FLOAT') : parseSqlType(`NUMBER(38,${column.scale})`);
    case 'boolean':
      return parseSqlType('BOOLEAN');
    case 'date':
      return parseSqlType('DATE');
    case 'timestamp':
      return parseSqlType('TIMESTAMP_TZ(9)');
    case 'json':
      return parseSqlType('VARIANT');
    default:
      return parseSqlType('VARCHAR');
  }
}
