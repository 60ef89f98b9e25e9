/** Rows of cells as a Markdown table; numbers are set to the right, with thousands apart. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const isNumber = heads.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(heads),
    line(isNumber.map((right) => (right ? '--:' : '---'))),
    ...rows.map((row) =>
      line(row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : cell))),
    ),
  ].join('\n');
}
