import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ConfigError } from '../../core/contract/errors.ts';
import { formatCount, formatMany, formatSeconds } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderProblem, renderReport } from '../../core/observe/render-report.ts';
import { renderStaged } from '../../core/observe/render-staged.ts';
import type { Problem } from '../../core/observe/report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import type { DestinationPlan, RunPlan } from '../plan.ts';
import { exitCodes, problemsExitCode, reportExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem, locateReport } from './locate.ts';
import { withSession } from './session.ts';

export interface PlanCommandOptions extends GlobalOptions {
  readonly pipelines: readonly string[];
  readonly destination?: readonly string[];
  readonly acceptDeletes?: readonly string[];
  readonly allowDeletes?: number;
  readonly output?: string;
}
export interface ApplyCommandOptions extends GlobalOptions {
  readonly file: string;
}

export const runPlan = (options: PlanCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const plan = await tributary.plan({
      pipelines: options.pipelines,
      destinations: options.destination,
      acceptDeletes: options.acceptDeletes,
      allowDeletes: options.allowDeletes,
    });
    if (options.output !== undefined)
      await writeFile(resolve(io.cwd, options.output), `${JSON.stringify(plan, null, 2)}\n`);
    const locate = (problem: Problem): Problem => locateProblem(tributary.config, problem);
    if (options.json) writeJson(plan);
    else writeReport(renderPlan(plan, { locate, end: nextStep(options.output), colors }));
    return planExitCode(plan);
  });

const nextStep = (output: string | undefined): string =>
  output === undefined
    ? 'Nothing was changed. tributary sync does it; plan -o <file> keeps the plan for apply.'
    : `Nothing was changed. tributary apply ${output} does it.`;

export const runApply = (options: ApplyCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const plan = await readPlan(resolve(io.cwd, options.file), options.file);
    const report = locateReport(tributary.config, await tributary.apply(plan));
    if (options.json) writeJson(report);
    else writeReport(renderReport(report, { colors }));
    return reportExitCode(report);
  });

async function readPlan(path: string, named: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new ConfigError('PLAN_NOT_FOUND', `there is no plan at ${named}`, {
      hint: 'make one with `tributary plan -o <file>`',
    });
  });
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function planExitCode(plan: RunPlan): number {
  const code = problemsExitCode([...plan.streams, ...plan.destinations].map((one) => one.error));
  if (code >= exitCodes.act) return code;
  if (plan.destinations.some((one) => one.staged > 0)) return exitCodes.act;
  const refused =
    plan.streams.some((one) => one.quarantined > 0) ||
    plan.kinds.some((one) => one.waitsFor.length > 0) ||
    plan.destinations.some((one) => one.quarantined > 0);
  return refused ? exitCodes.rejections : code;
}

const figures = ['create', 'update', 'delete', 'withheld'] as const;

export function renderPlan(
  plan: RunPlan,
  {
    locate,
    end,
    colors,
  }: {
    readonly locate: (problem: Problem) => Problem;
    /** What a person may do next. */
    readonly end: string;
    readonly colors: boolean;
  },
): string {
  const palette = createPalette(colors);
  const { bold, dim } = palette;
  const columns: Column[] = [
    { title: 'Destinations' },
    { title: 'kind' },
    ...figures.map((title) => ({ title, align: 'right' as const })),
    { title: 'deletes by cause' },
  ];
  const count = (figure: number): string => (figure === 0 ? dim('0') : formatCount(figure));
  const rows = plan.destinations.flatMap((one) =>
    one.kinds.length === 0
      ? [[one.destination, dim(one.staged > 0 ? 'only what waits for a person' : 'nothing to do')]]
      : one.kinds.map((kind) => [
          one.destination,
          kind.kind,
          ...figures.map((name) => count(kind[name])),
          Object.entries(kind.deletes)
            .map(([cause, deletes]) => `${formatCount(deletes)} ${cause}`)
            .join(', '),
        ]),
  );
  const problems = [
    ...plan.streams.flatMap((one) =>
      one.error ? [renderProblem(one.stream, locate(one.error), colors)] : [],
    ),
    ...plan.destinations.flatMap((one) =>
      one.error ? [renderProblem(one.destination, locate(one.error), colors)] : [],
    ),
  ];
  return [
    formatTable(columns, rows, { title: bold }),
    plan.destinations.map((one) => estimate(one, palette)).join('\n'),
    [...plan.destinations.flatMap((one) => notes(one, palette)), ...waiting(plan, palette), ...problems].join(
      '\n',
    ),
    dim(end),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

/** What it takes at the least, and what embedding it takes at the most. */
function estimate(one: DestinationPlan, { bold }: Palette): string {
  if (one.requests === 0) return `${bold(one.destination)}: no request`;
  const tokens =
    one.embeddingTokens === 0 ? '' : `; about ${formatCount(one.embeddingTokens)} tokens to embed`;
  const changes = formatMany(one.create + one.update + one.delete, 'change');
  const least =
    one.road === undefined
      ? `at least ${formatMany(one.requests, 'request')}, ${formatSeconds(one.seconds)} at the pace that it allows`
      : `${changes}: ${one.road}; at least ${formatSeconds(one.seconds)}`;
  return `${bold(one.destination)}: ${least}${tokens}`;
}

function notes(one: DestinationPlan, { bold, yellow }: Palette): string[] {
  const lines = one.steps.map(
    (step) => `${bold(one.destination)}: first ${step.action} ${step.what}: ${step.detail}`,
  );
  const how = 'A sync does not carry them out. tributary apply of this plan does';
  for (const { what, remedy } of renderStaged(one.staged, one.stagedDeletes, how))
    lines.push(`${yellow('!')} ${bold(one.destination)}: ${what}`, `    → ${remedy}`);
  if (one.quarantined > 0) {
    lines.push(
      `${yellow('!')} ${bold(one.destination)}: ${formatMany(one.quarantined, 'document')} cannot be composed`,
      '    → See tributary quarantine after the run.',
    );
  }
  return lines;
}

const waiting = (plan: RunPlan, { bold, yellow }: Palette): string[] =>
  plan.kinds
    .filter((one) => one.waitsFor.length > 0)
    .map((one) => `${yellow('!')} ${bold(one.kind)} waits for ${one.waitsFor.join(', ')}`);
