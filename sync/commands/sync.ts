import { renderReport } from '../../core/observe/render-report.ts';
import { reportExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateReport } from './locate.ts';
import { withSession } from './session.ts';

export interface SyncCommandOptions extends GlobalOptions {
  readonly pipelines: readonly string[];
  readonly dryRun?: boolean;
  readonly limit?: number;
  readonly destination?: readonly string[];
  readonly adopt?: boolean;
  readonly acceptDeletes?: readonly string[];
  readonly allowDeletes?: number;
}

export const runSync = (options: SyncCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const report = locateReport(
      tributary.config,
      await tributary.sync({
        pipelines: options.pipelines,
        dryRun: options.dryRun ?? false,
        limit: options.limit,
        destinations: options.destination,
        adopt: options.adopt ?? false,
        acceptDeletes: options.acceptDeletes,
        allowDeletes: options.allowDeletes,
      }),
    );
    if (options.json) writeJson(report);
    else writeReport(renderReport(report, { colors }));
    return reportExitCode(report, { limit: options.limit !== undefined });
  });
