/** A terminal as far as the progress bars use one: shows what a person would see after everything written so far. */
export interface Screen {
  write(text: string): void;
  lines(): string[];
  readonly writes: string[];
  /** How often a line was wider than the terminal. */
  wraps(): number;
}

export function createScreen(columns: number): Screen {
  const rows: string[] = [''];
  const writes: string[] = [];
  let row = 0;
  let column = 0;
  let wraps = 0;
  const put = (character: string): void => {
    if (column >= columns) {
      wraps++;
      row++;
      column = 0;
      rows[row] ??= '';
    }
    const line = rows[row]!.padEnd(column);
    rows[row] = line.slice(0, column) + character + line.slice(column + 1);
    column++;
  };
  const control = (count: string, letter: string): void => {
    if (letter === 'A') row = Math.max(0, row - Number(count || 1));
    else if (letter === 'K') rows[row] = rows[row]!.slice(0, column);
    else if (letter === 'J') {
      rows[row] = rows[row]!.slice(0, column);
      rows.length = row + 1;
    } else if (letter !== 'm') throw new Error(`unknown control ${letter}`);
  };
  return {
    writes,
    wraps: () => wraps,
    write(text) {
      writes.push(text);
      for (const [token, count, letter] of text.matchAll(/\x1b\[([\d;]*)([A-Za-z])|[^]/g)) {
        if (letter !== undefined) control(count ?? '', letter);
        else if (token === '\n') {
          row++;
          column = 0;
          rows[row] ??= '';
        } else if (token === '\r') column = 0;
        else put(token);
      }
    },
    lines: () => rows.map((line) => line.trimEnd()).filter((line) => line !== ''),
  };
}
