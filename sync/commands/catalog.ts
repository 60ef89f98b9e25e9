import { resolve } from 'node:path';
import { formatCount, formatMany } from '../../core/observe/format.ts';
import { createPalette } from '../../core/observe/palette.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import type { RebuildOptions, RebuildReport, RestoreOptions } from '../catalog/rebuild.ts';
import { exitCodes, reportExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem, locateReport } from './locate.ts';
import { planExitCode, renderPlan } from './plan.ts';
import { withSession, type Session } from './session.ts';

export interface BackupCommandOptions extends GlobalOptions {
  readonly file: string;
  readonly force?: boolean;
}
export type RebuildCommandOptions = GlobalOptions & RebuildOptions;
export type RestoreCommandOptions = GlobalOptions & RestoreOptions & { readonly file: string };

export const runCatalogBackup = (options: BackupCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, writeJson, writeText }) => {
    const { file, force = false } = options;
    const backup = tributary.catalog.backup(resolve(io.cwd, file), { force });
    const megabytes = Math.max(0.1, backup.bytes / 1e6).toFixed(1);
    const what = `${formatMany(backup.records, 'record')}, ${formatMany(backup.documents, 'document')}`;
    if (options.json) writeJson({ file, ...backup });
    else
      writeText(
        `Backup in ${file}: ${what}, ${megabytes} MB.\nIt holds data of your customers; only you can read it.`,
      );
    return exitCodes.ok;
  });

export const runCatalogRestore = (options: RestoreCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async (session) => {
    const { adopt, dryRun, force } = options;
    const report = await session.tributary.catalog.restore(resolve(io.cwd, options.file), {
      ...{ adopt: adopt ?? false, dryRun: dryRun ?? false, force: force ?? false },
    });
    return tell(report, options, session);
  });

export const runCatalogRebuild = (options: RebuildCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async (session) => {
    const { adopt, dryRun } = options;
    const report = await session.tributary.catalog.rebuild({
      adopt: adopt ?? false,
      dryRun: dryRun ?? false,
    });
    return tell(report, options, session);
  });

function tell(
  report: RebuildReport,
  options: GlobalOptions,
  { tributary, colors, writeJson, writeReport }: Session,
): number {
  const run = report.run && locateReport(tributary.config, report.run);
  if (options.json) writeJson({ ...report, ...(run ? { run } : {}) });
  else {
    const parts = [renderTakenOver(report, colors)];
    if (report.plan)
      parts.push(
        renderPlan(report.plan, {
          locate: (problem) => locateProblem(tributary.config, problem),
          end: 'Nothing was changed. Without --dry-run the catalog is put in place and this is run.',
          colors,
        }),
      );
    if (run) parts.push(renderReport(run, { colors }));
    writeReport(parts.join('\n\n'));
  }
  if (report.plan) return planExitCode(report.plan);
  return run ? reportExitCode(run) : exitCodes.ok;
}

/** What was taken over from the planes, and as whose. */
function renderTakenOver(report: RebuildReport, colors: boolean): string {
  const { bold, dim } = createPalette(colors);
  const columns: Column[] = [
    { title: 'Taken over from' },
    ...['documents', 'version known', 'in doubt', 'not ours'].map((title) => ({
      title,
      align: 'right' as const,
    })),
  ];
  const rows = report.destinations.map((one) => [
    one.destination,
    ...[one.found, one.known, one.inDoubt, one.foreign].map((count) =>
      count === 0 ? dim('0') : formatCount(count),
    ),
  ]);
  const notes = [
    dim(`Installation ${report.installation}`),
    ...(report.replaced === undefined ? [] : [`The catalog that was there lies in ${report.replaced}.`]),
  ];
  return [formatTable(columns, rows, { title: bold }), notes.join('\n')].join('\n\n');
}
