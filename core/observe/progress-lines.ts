import { cut, formatCount, formatSeconds, oneLine, pad, textWidth } from './format.ts';
import type { Paint, Palette } from './palette.ts';
import type { DestinationProgress, RunProgress, StreamProgress } from './progress-state.ts';

/** A piece of a line with its colour: pieces are cut first and painted after, so that no escape is ever cut. */
type Piece = readonly [text: string, paint?: Paint];

export interface LineOptions {
  readonly now: number;
  readonly columns: number;
  /** Lines that fit on the screen; finished ones give way first. */
  readonly rows: number;
  readonly palette: Palette;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** One line for each stream and destination, none wider than the terminal. */
export function progressLines(progress: RunProgress, options: LineOptions): string[] {
  const names = [...progress.streams.keys(), ...progress.destinations.keys()].map(oneLine);
  const nameWidth = Math.min(
    Math.max(0, ...names.map(textWidth), 9),
    Math.max(8, Math.floor(options.columns * 0.4)),
  );
  const all: { pieces: Piece[]; active: boolean }[] = [
    ...[...progress.streams.values()].map((one) => streamLine(one, nameWidth, options)),
    ...kindLine(progress, nameWidth, options),
    ...[...progress.destinations.values()].map((one) =>
      destinationLine(one, nameWidth, options, progress.finished),
    ),
  ];
  return fit(all, options).map((pieces) => paintLine(pieces, options.columns - 1));
}

function fit(
  lines: readonly { pieces: Piece[]; active: boolean }[],
  { rows, palette }: LineOptions,
): Piece[][] {
  if (lines.length <= rows) return lines.map((line) => line.pieces);
  const room = Math.max(0, rows - 1);
  const chosen = new Set(lines.toSorted((a, b) => Number(b.active) - Number(a.active)).slice(0, room));
  const shown = lines.filter((line) => chosen.has(line)).map((line) => line.pieces);
  return [...shown, [[`  … and ${lines.length - room} more`, palette.dim]]];
}

function paintLine(pieces: readonly Piece[], columns: number): string {
  let left = columns;
  let line = '';
  for (const [text, paint] of pieces) {
    if (left <= 0) break;
    const kept = cut(text, left);
    left -= textWidth(kept);
    line += paint ? paint(kept) : kept;
  }
  return line.trimEnd();
}

const label = (name: string, width: number): string => pad(cut(oneLine(name), width), width);
const spinner = (now: number): string => frames[Math.floor(now / 100) % frames.length]!;
const secondsOf = (
  one: { startedAt: number | undefined; finishedAt: number | undefined },
  now: number,
): number => (one.startedAt === undefined ? 0 : Math.max(0, (one.finishedAt ?? now) - one.startedAt) / 1000);

/** `12 new · 3 deleted`: only what is not zero. */
function figures(counts: object, names: readonly string[]): string {
  const shown = Object.entries(counts).filter(([name, count]) => names.includes(name) && Number(count) > 0);
  return shown.map(([name, count]) => `${formatCount(Number(count))} ${name}`).join(' · ');
}

function rate(count: number, seconds: number): string {
  return seconds < 1 || count === 0 ? '' : `${formatCount(Math.max(1, count / seconds))}/s`;
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' · ');

function streamLine(one: StreamProgress, width: number, { now, palette }: LineOptions) {
  const { green, red, cyan, dim } = palette;
  const seconds = secondsOf(one, now);
  const name = `${label(one.name, width)}  `;
  const read = pad(formatCount(one.counts.read), 9, 'right');
  if (one.startedAt === undefined) {
    return {
      pieces: [
        [`· ${name}`, dim],
        ['     waiting', dim],
      ] as Piece[],
      active: false,
    };
  }
  const changes = figures(one.counts, ['new', 'changed', 'deleted', 'quarantined']);
  const pace = one.finishedAt === undefined ? rate(one.counts.read, seconds) : formatSeconds(seconds);
  const [mark, paint] = one.error
    ? (['✗', red] as const)
    : one.finishedAt === undefined
      ? ([spinner(now), cyan] as const)
      : (['✓', green] as const);
  const text: Piece = one.error
    ? [oneLine(one.error.message), red]
    : [joined([changes === '' ? 'nothing new' : changes, pace])];
  const pieces: Piece[] = [[`${mark} `, paint], [name], [`${read} read  `], text];
  return { pieces, active: one.finishedAt === undefined };
}

function kindLine(progress: RunProgress, width: number, { now, palette }: LineOptions) {
  const kinds = [...progress.kinds.values()];
  if (kinds.length === 0) return [];
  const composed = kinds.reduce((sum, kind) => sum + kind.composed, 0);
  const left = progress.finished ? 0 : kinds.reduce((sum, kind) => sum + kind.left, 0);
  const mark: Piece = left > 0 ? [`${spinner(now)} `, palette.cyan] : ['✓ ', palette.green];
  const count = pad(formatCount(composed), 9, 'right');
  const rest = left > 0 ? `${formatCount(left)} to go` : '';
  const pieces: Piece[] = [mark, [`${label('documents', width)}  `], [`${count} composed  `], [rest]];
  return [{ pieces, active: left > 0 }];
}

/** In a narrow terminal, what is left to do is worth more than a long bar. */
const barWidthOf = (columns: number): number => (columns < 60 ? 0 : columns < 100 ? 10 : 20);

function destinationLine(
  one: DestinationProgress,
  width: number,
  { now, columns, palette }: LineOptions,
  runFinished: boolean,
) {
  const { green, red, cyan, dim, yellow } = palette;
  const name = `${label(one.name, width)}  `;
  if (one.problem) {
    const pieces: Piece[] = [['✗ ', red], [name], [oneLine(one.problem.message), red]];
    return { pieces, active: true };
  }
  if (one.open === undefined) {
    return {
      pieces: [
        [`· ${name}`, dim],
        ['     waiting', dim],
      ] as Piece[],
      active: false,
    };
  }
  const done = one.counts.written + one.counts.deleted;
  const share = done + one.open === 0 ? 1 : done / (done + one.open);
  const barWidth = barWidthOf(columns);
  const full = Math.floor(share * barWidth);
  const bar: Piece[] =
    barWidth === 0 ? [] : [['█'.repeat(full), green], ['░'.repeat(barWidth - full), dim], [' ']];
  const percent = pad(`${Math.floor(share * 100)} %`, 5, 'right');
  const seconds = secondsOf(one, now);
  const pace = done / Math.max(seconds, 0.001);
  const changes = figures(one.counts, ['written', 'deleted', 'quarantined', 'withheld']);
  const ending = one.finishedAt !== undefined || runFinished;
  const rest = ending
    ? [one.open > 0 ? `${formatCount(one.open)} left for the next run` : '', formatSeconds(seconds)]
    : [
        one.open > 0 ? `${formatCount(one.open)} to go` : '',
        rate(done, seconds),
        one.open > 0 && seconds > 2 && done > 0 ? `about ${formatSeconds(one.open / pace)} left` : '',
      ];
  const mark: Piece =
    ending && one.open > 0 ? ['! ', yellow] : one.open > 0 ? [`${spinner(now)} `, cyan] : ['✓ ', green];
  const text = joined([changes === '' && one.open === 0 ? 'nothing to write' : changes, ...rest]);
  return { pieces: [mark, [name], ...bar, [`${percent}  `], [text]] as Piece[], active: one.open > 0 };
}
