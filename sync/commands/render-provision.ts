import type { PlanStep } from '../../core/contract/destination.ts';
import type { Finding } from '../../core/contract/survey.ts';
import { formatMany, wrap } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderProblem } from '../../core/observe/render-report.ts';
import type { Provisioned } from '../provision.ts';

export interface Screen {
  readonly colors: boolean;
  readonly columns: number;
}

export function renderProvisioned(all: readonly Provisioned[], { colors, columns }: Screen): string {
  const palette = createPalette(colors);
  const width = Math.max(40, Math.min(columns, 100));
  return [...all.map((one) => renderOne(one, palette, width, colors)), verdict(all, palette)].join('\n\n');
}

function renderOne(one: Provisioned, palette: Palette, width: number, colors: boolean): string {
  const { bold, dim } = palette;
  const lines = [`${bold(one.title)} ${dim(`${one.type}, ${one.plane} plane`)}`];
  for (const step of one.steps) lines.push(...stepLines(step, one.applied, palette, width));
  for (const finding of one.findings) lines.push(...findingLines(finding, palette, width));
  if (one.problem) lines.push(...renderProblem(one.title, one.problem, colors).split('\n'));
  if (one.settings.length > 0) {
    lines.push('', bold(`Configuration, below destinations.${one.destination}`));
    for (const { line, why } of one.settings) lines.push(`  ${line}`, ...indented(why, 4, width).map(dim));
  }
  lines.push(...permissionLines(one, palette));
  return lines.join('\n');
}

/** The whole policy as long as something is to be done; afterwards only how to print it. */
function permissionLines(one: Provisioned, { bold, dim }: Palette): string[] {
  if (one.grants.length === 0) return [];
  const settled = !isTroubled(one) && one.steps.every(({ action }) => action === 'none');
  const [own] = one.grants;
  const shown =
    settled || !own ? [] : ['', bold(`Permissions of ${own.to}`), JSON.stringify(own.policy, null, 2)];
  const others = settled ? one.grants : one.grants.slice(1);
  const pointers = others.flatMap(({ name, to }) => [
    dim(`  of ${to}`),
    `    tributary provision ${one.destination} --policy${name === 'tributary' ? '' : ` --for ${name}`}`,
  ]);
  return [
    ...shown,
    ...(pointers.length === 0 ? [] : ['', bold(settled ? 'Permissions' : 'Other permissions')]),
    ...pointers,
  ];
}

const isTroubled = (one: Provisioned): boolean =>
  one.problem !== undefined || one.findings.some(({ status }) => status === 'problem');

const done = { create: 'created', update: 'adjusted', recreate: 'created anew', none: '' } as const;
const toDo = { create: 'create', update: 'adjust', recreate: 'create anew', none: '' } as const;

function stepLines(step: PlanStep, applied: boolean, palette: Palette, width: number): string[] {
  const { green, yellow, red, bold } = palette;
  const { action, what, detail, destructive } = step;
  const inPlace = action === 'none' || applied;
  const mark = inPlace ? green('✓') : action === 'create' ? yellow('+') : yellow('~');
  const word = (applied ? done : toDo)[action];
  const loss = destructive && !applied ? [`    ${red('It loses what is held there.')}`] : [];
  return [`${mark} ${word === '' ? '' : `${word} `}${bold(what)}`, ...indented(detail, 4, width), ...loss];
}

function findingLines({ what, status, detail, hint }: Finding, palette: Palette, width: number): string[] {
  const { green, yellow, red, dim, bold } = palette;
  const marks = { fine: green('✓'), advice: yellow('!'), problem: red('✗'), unseen: dim('?') };
  const [first = '', ...rest] = hint === undefined ? [] : indented(hint, 6, width);
  const remedy = hint === undefined ? [] : [first.replace(/^ {6}/, '    → '), ...rest];
  return [`${marks[status]} ${bold(what)}`, ...indented(detail, 4, width), ...remedy];
}

const indented = (text: string, by: number, width: number): string[] =>
  wrap(text, width - by).map((line) => ' '.repeat(by) + line);

function verdict(all: readonly Provisioned[], { bold, green, red, yellow, dim }: Palette): string {
  const troubled = all.filter(
    (one) => one.problem || one.findings.some(({ status }) => status === 'problem'),
  );
  if (troubled.length > 0)
    return `${red('✗')} ${bold(`${troubled.map(({ title }) => title).join(', ')}: not in order`)}`;
  const steps = (of: readonly Provisioned[]): number =>
    of.flatMap((one) => one.steps).filter(({ action }) => action !== 'none').length;
  const left = steps(all.filter(({ applied }) => !applied));
  if (left > 0)
    return `${yellow('!')} ${bold(`${formatMany(left, 'step')} to take`)}. Nothing was changed; ${bold('--apply')} does it.`;
  const made = steps(all);
  const what = made > 0 ? `${formatMany(made, 'step')} taken: all is in place` : 'All is in place';
  return `${green('✓')} ${bold(what)}${made > 0 ? '' : dim('. Nothing was changed.')}`;
}
