import type { PlanStep } from '../../core/contract/destination.ts';
import { formatMany, pad, textWidth } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderJoins, renderProblem } from '../../core/observe/render-report.ts';
import type { RunReport } from '../../core/observe/report.ts';
import type { Checked } from '../check.ts';
import { problemsExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem } from './locate.ts';
import { withSession } from './session.ts';

export const runCheck = (options: GlobalOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const { config } = tributary;
    const checked = (await tributary.check()).map((one) =>
      one.problem ? { ...one, problem: locateProblem(config, one.problem) } : one,
    );
    const lastRun = (await tributary.status()).lastRun as RunReport | undefined;
    const code = problemsExitCode(checked.map((one) => one.problem));
    if (options.json) writeJson({ ok: code === 0, checked, joins: lastRun?.joins ?? [] });
    else writeText(renderChecked(checked, lastRun, colors));
    return code;
  });

const titles = { source: 'Sources', destination: 'Destinations', kinds: 'Kinds' } as const;

export function renderChecked(
  checked: readonly Checked[],
  lastRun: RunReport | undefined,
  colors: boolean,
): string {
  const palette = createPalette(colors);
  const nameWidth = Math.max(
    0,
    ...checked.filter((one) => one.what !== 'kinds').map((one) => textWidth(one.name)),
  );
  const sections = (['source', 'destination', 'kinds'] as const).map((what) => {
    const parts = checked.filter((one) => one.what === what);
    const typeWidth = Math.max(0, ...parts.map((one) => textWidth(one.type)));
    const lines = parts.flatMap((one) => {
      const mark = one.problem ? palette.red('✗') : palette.green('✓');
      if (what === 'kinds') {
        const found = one.problem ? '' : `: ${one.found ?? ''}`;
        return [`${mark} ${one.name}${found}`, ...problemLines(one, checked, palette)];
      }
      const type = one.found === undefined ? one.type : pad(one.type, typeWidth);
      const line = `${mark} ${pad(one.name, nameWidth)}  ${palette.dim(type)}  ${one.found ?? ''}`.trimEnd();
      return [line, ...stepLines(one.plan?.steps ?? [], palette), ...problemLines(one, checked, palette)];
    });
    return lines.length === 0 ? '' : [palette.bold(titles[what]), ...lines].join('\n');
  });
  const joins = lastRun === undefined ? '' : renderJoins(lastRun, colors);
  return [...sections, joins, verdict(checked, palette)].filter((section) => section !== '').join('\n\n');
}

const stepLines = (steps: readonly PlanStep[], { dim, yellow, red }: Palette): string[] =>
  steps
    .filter((step) => step.action !== 'none')
    .map((step) => {
      const warning = step.destructive ? red(' (loses what it holds; the next run writes it again)') : '';
      return `    ${yellow(step.action)} ${step.what}${warning} ${dim(step.detail)}`.trimEnd();
    });

/** A source that cannot be reached makes kinds fail with the very same problem: it is told once. */
function problemLines(one: Checked, all: readonly Checked[], palette: Palette): string[] {
  const { problem } = one;
  if (!problem) return [];
  const cause = all.find((other) => other !== one && other.problem?.message === problem.message);
  if (one.what === 'kinds' && cause) return [`    not checked: ${cause.name} has to be in order first`];
  if (problem.code === 'CONFIG_INVALID') return problem.message.split('\n').map((line) => `    ${line}`);
  return renderProblem(one.name, problem, palette.red('x') !== 'x')
    .split('\n')
    .map((line) => `    ${line}`);
}

function verdict(checked: readonly Checked[], { green, red, bold }: Palette): string {
  const problems = checked.filter((one) => one.problem);
  if (problems.length > 0) {
    return `${red('✗')} ${bold(`${problems.map((one) => (one.what === 'kinds' ? 'kinds' : one.name)).join(', ')}: not in order`)}`;
  }
  const steps = checked.flatMap((one) => one.plan?.steps ?? []).filter((step) => step.action !== 'none');
  const next =
    steps.length > 0 ? `; the next run makes ${formatMany(steps.length, 'change')} to the planes first` : '';
  return `${green('✓')} ${bold('All is in order')}${next}`;
}
