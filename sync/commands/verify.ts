import { formatCount } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import { isVerified, type VerifyReport } from '../verify.ts';
import { exitCodes, reportExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateReport } from './locate.ts';
import { withSession } from './session.ts';

export interface VerifyCommandOptions extends GlobalOptions {
  readonly repair?: boolean;
  readonly destination?: readonly string[];
}

export const runVerify = (options: VerifyCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const report = await tributary.verify({
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

const figures = ['missing', 'different', 'unexpected', 'unsettled'] as const;

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
    ...[one.missingCount, one.differentCount, one.unexpectedCount, one.unsettled].map((count) =>
      count === 0 ? palette.dim('0') : yellow(formatCount(count)),
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
  return [
    formatTable(columns, rows, { title: bold }),
    ...differences(report, palette),
    [verdict, ...remedy].join('\n'),
  ].join('\n\n');
}

function differences(report: VerifyReport, { bold, dim }: Palette): string[] {
  const lists: (readonly [title: string, ids: readonly string[], count: number])[] =
    report.destinations.flatMap((one) => [
      [`${one.destination}: missing`, one.missing, one.missingCount] as const,
      [`${one.destination}: in another version`, one.different, one.differentCount] as const,
      [`${one.destination}: not ours to be there`, one.unexpected, one.unexpectedCount] as const,
    ]);
  lists.push(['Not the same on every plane', report.divergentIds, report.divergent]);
  return lists
    .filter(([, , count]) => count > 0)
    .map(([title, ids, count]) => {
      const more = count > ids.length ? [dim(`  … and ${formatCount(count - ids.length)} more`)] : [];
      return [bold(title), ...ids.map((id) => `  ${id}`), ...more].join('\n');
    });
}
