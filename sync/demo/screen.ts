import { textWidth, wrap } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import type { Expectation } from './expectations.ts';

/** Where the story is told. With `--json` nothing of it is shown. */
export interface Screen {
  readonly columns: number;
  readonly colors: boolean;
  readonly palette: Palette;
  /** Opens a numbered act; `command` is what a person would type for it. */
  act(title: string, command?: string): void;
  /** Writes a block, which may have several lines. */
  write(text: string): void;
  /** Writes sentences, broken at the width of the screen. */
  say(text: string): void;
  /** Says whether an expectation holds. */
  judge(expectation: Expectation): void;
}

const widest = 110;

export function createScreen(options: {
  /** Undefined writes nowhere. */
  readonly stream: { write(text: string): unknown; readonly columns?: number } | undefined;
  readonly colors: boolean;
}): Screen {
  const palette = createPalette(options.colors);
  const columns = Math.max(40, Math.min(widest, options.stream?.columns ?? 80));
  let acts = 0;
  const write = (text: string): void => {
    const lines = text.split('\n').flatMap((line) => fold(line, columns));
    options.stream?.write(`${lines.join('\n')}\n`);
  };
  return {
    columns,
    colors: options.colors,
    palette,
    act(title, command) {
      const number = `${++acts}`;
      const end = command === undefined ? '' : ` ${command} `;
      const rule = '─'.repeat(Math.max(3, columns - textWidth(`── ${number} ${title} ${end}─`)));
      const { bold, cyan, dim } = palette;
      write(`\n${dim('──')} ${cyan(number)} ${bold(title)} ${dim(rule)}${cyan(end)}${dim('─')}\n`);
    },
    write,
    say: (text) => write(wrap(text, columns).join('\n')),
    judge({ what, holds, found }) {
      const { green, red } = palette;
      const mark = holds ? green('✓') : red('✗');
      const [first = '', ...rest] = wrap(found === undefined ? what : `${what}: ${found}`, columns - 2);
      write([`${mark} ${first}`, ...rest.map((line) => `  ${line}`)].join('\n'));
    },
  };
}

/** Breaks a line that is wider than the screen at its gaps, which it otherwise keeps; what follows is indented. */
function fold(line: string, width: number): string[] {
  if (textWidth(line) <= width) return [line];
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  const lines: string[] = [];
  let current = '';
  for (const piece of line.split(/(?<= )(?=[^ ])/)) {
    const fits = textWidth((current + piece).trimEnd()) <= width;
    const helps = textWidth(indent + piece.trimEnd()) <= width;
    if (current.trim() !== '' && !fits && helps) {
      lines.push(current.trimEnd());
      current = indent + piece;
    } else current += piece;
  }
  return [...lines, current.trimEnd()];
}
