import { formatCount } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import { isVerified, type VerifiedDestination, type VerifyReport } from '../verify.ts';
import { areSourcesEqual } from '../verify-source.ts';
import { exitCodes, problemsExitCode, reportExitCode } from './exit-codes.ts';
import { renderSources } from './render-sources.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateReport } from './locate.ts';
import { withSession } from './session.ts';

export interface VerifyCommandOptions extends GlobalOptions {
  readonly repair?: boolean;
  readonly deep?: boolean;
  readonly sample?: number;
  readonly seed?: number;
  readonly source?: boolean;
  readonly destination?: readonly string[];
}

export const runVerify = (options: VerifyCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    if (options.source) {
      const streams = await tributary.verifySources();
      const verified = areSourcesEqual(streams);
      if (options.json) writeJson({ verified, streams });
      else writeReport(renderSources(streams, verified, colors));
      const code = problemsExitCode(streams.map((one) => one.error));
      return code === exitCodes.ok && !verified ? exitCodes.rejections : code;
    }
    const { sample, seed } = options;
    const deep = options.deep || sample !== undefined || seed !== undefined;
    const report = await tributary.verify({
      ...(deep
        ? { deep: { ...(sample === undefined ? {} : { sample }), ...(seed === undefined ? {} : { seed }) } }
        : {}),
      repair: options.repair ?? false,
      ...(options.destination ? { destinations: options.destination } : {}),
    });
    const repaired = report.repaired && locateReport(tributary.config, report.repaired);
    const verified = isVerified(report);
    if (options.json) writeJson({ verified, ...report, ...(repaired ? { repaired } : {}) });
    else {
      const parts = [renderVerified(report, verified, colors)];
      if (repaired) parts.push('Repair', renderReport(repaired, { colors }));
      writeReport(parts.join('\n\n'));
    }
    if (repaired) return reportExitCode(repaired);
    return verified ? exitCodes.ok : exitCodes.rejections;
  });

const figures = ['missing', 'different', 'unexpected', 'forbidden', 'unsettled'] as const;

/** What was compared, how far the comparison reaches, and what differs by name. */
export function renderVerified(report: VerifyReport, verified: boolean, colors: boolean): string {
  const palette = createPalette(colors);
  const { bold, green, yellow } = palette;
  const columns: Column[] = [
    { title: 'Destinations' },
    ...['expected', 'present', ...figures].map((title) => ({ title, align: 'right' as const })),
    { title: 'grade' },
  ];
  const rows = report.destinations.map((one) => [
    one.destination,
    formatCount(one.expected),
    formatCount(one.present),
    ...[one.missingCount, one.differentCount, one.unexpectedCount, one.forbiddenCount, one.unsettled].map(
      (count) => (count === 0 ? palette.dim('0') : yellow(formatCount(count))),
    ),
    one.grade,
  ]);
  const planes = report.destinations.length;
  const alike = report.destinations.every((one) => one.expected === report.destinations[0]?.expected);
  const good =
    planes > 1 && alike
      ? `${planes} planes hold the same documents in the same versions`
      : 'Every plane holds what it should hold';
  const verdict = verified
    ? `${green('✓')} ${bold(good)}`
    : `${yellow('!')} ${bold('What the planes hold is not what they should hold')}`;
  const remedy =
    verified || report.repaired
      ? []
      : [
          '    → The next tributary sync, or tributary verify --repair at once, writes and deletes what differs.',
        ];
  const staged = report.destinations.reduce((sum, one) => sum + (one.staged ?? 0), 0);
  if (staged > 0)
    remedy.push(
      `    → ${formatCount(staged)} of what is unsettled are deletes that wait for a person: see tributary status.`,
    );
  const deep = report.destinations.flatMap((one) => deepLine(one, palette));
  return [
    formatTable(columns, rows, { title: bold }),
    ...(deep.length > 0 ? [deep.join('\n')] : []),
    ...differences(report, palette),
    [verdict, ...remedy].join('\n'),
  ].join('\n\n');
}

/** How far reading back reached. */
function deepLine({ destination, deep }: VerifiedDestination, { bold, green, yellow }: Palette): string[] {
  if (!deep) return [];
  const what =
    deep.seed === undefined
      ? `all ${formatCount(deep.of)} documents`
      : `${formatCount(deep.asked)} of ${formatCount(deep.of)} documents (seed ${deep.seed})`;
  const mark = deep.differentCount === 0 ? green('✓') : yellow('!');
  const rest = [
    ...(deep.differentCount > 0 ? [`${formatCount(deep.differentCount)} otherwise than written`] : []),
    ...(deep.unseen > 0 ? [`${formatCount(deep.unseen)} not shown yet`] : []),
    ...(deep.moved > 0 ? [`${formatCount(deep.moved)} changed since`] : []),
  ];
  const seen = `${formatCount(deep.same)} seen as they were written`;
  return [`${mark} ${bold(destination)}: ${what} read back: ${[seen, ...rest].join(', ')}`];
}

function differences(report: VerifyReport, { bold, dim }: Palette): string[] {
  const lists: (readonly [title: string, ids: readonly string[], count: number])[] =
    report.destinations.flatMap((one) => [
      [`${one.destination}: missing`, one.missing, one.missingCount] as const,
      [`${one.destination}: in another version`, one.different, one.differentCount] as const,
      [`${one.destination}: not ours to be there`, one.unexpected, one.unexpectedCount] as const,
      [`${one.destination}: kept from it by policy, and there`, one.forbidden, one.forbiddenCount] as const,
      [
        `${one.destination}: read back otherwise than written`,
        (one.deep?.different ?? []).map(({ id, fields }) => `${id} (${fields.join(', ')})`),
        one.deep?.differentCount ?? 0,
      ] as const,
    ]);
  lists.push(['Not the same on every plane', report.divergentIds, report.divergent]);
  return lists
    .filter(([, , count]) => count > 0)
    .map(([title, ids, count]) => {
      const more = count > ids.length ? [dim(`  … and ${formatCount(count - ids.length)} more`)] : [];
      return [bold(title), ...ids.map((id) => `  ${id}`), ...more].join('\n');
    });
}
