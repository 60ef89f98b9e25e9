import type { Json } from '../contract/json.ts';
import type { TableColumn } from './table.ts';

type Row = Readonly<Record<string, Json>>;

/** Columns that can name a record; measures such as amounts are unique by chance only. */
const nameTypes: ReadonlySet<TableColumn['type']> = new Set(['id', 'reference', 'text', 'picklist']);
const pairTypes: ReadonlySet<TableColumn['type']> = new Set([...nameTypes, 'integer', 'date', 'timestamp']);
const idName = /(?:^|_)(?:id|key|code|number|no)$|[a-z](?:Id|Key|Code|Number|No)$/i;

/**
 * The columns that identify a record: `Id`; else the first column of its own value in every row that holds text, comes
 * first or is named like an id; else the first pair of such columns, dates and whole numbers included.
 */
export function inferKey(
  columns: readonly TableColumn[],
  rows: readonly Row[],
): readonly string[] | undefined {
  if (columns.some((column) => column.name === 'Id')) return ['Id'];
  const single = columns.find(
    (column, index) =>
      (nameTypes.has(column.type) ||
        (pairTypes.has(column.type) && (index === 0 || idName.test(column.name)))) &&
      firstRepeated([column.name], rows) === undefined,
  );
  if (single) return [single.name];
  const candidates = columns.filter((column) => pairTypes.has(column.type) && !column.nullable);
  for (const [index, left] of candidates.entries()) {
    for (const right of candidates.slice(index + 1)) {
      if (firstRepeated([left.name, right.name], rows) === undefined) return [left.name, right.name];
    }
  }
  return undefined;
}

/** The position of the first row whose key is missing or stood in an earlier row; undefined when there is none. */
export function firstRepeated(key: readonly string[], rows: readonly Row[]): number | undefined {
  const seen = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const values = key.map((name) => row[name] ?? null);
    const text = JSON.stringify(values);
    if (values.includes(null) || seen.has(text)) return index;
    seen.add(text);
  }
  return undefined;
}
