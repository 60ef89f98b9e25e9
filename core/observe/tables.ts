import { pad, textWidth } from './format.ts';

export interface Column {
  readonly title: string;
  /** Figures stand right, words left. */
  readonly align?: 'left' | 'right';
}
export interface TableOptions {
  /** Spaces before each line. */
  readonly indent?: number;
  /** Paints the line of titles. */
  readonly title?: (text: string) => string;
}

/** Aligned plain text, one line a row, without trailing spaces. Cells may hold colours. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const widths = columns.map((column, i) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    ' '.repeat(options.indent ?? 0) +
    columns
      .map((column, i) => pad(cells[i] ?? '', widths[i]!, column.align))
      .join('  ')
      .trimEnd();
  const titles = line(columns.map((column) => column.title));
  return [options.title?.(titles) ?? titles, ...rows.map(line)].join('\n');
}
