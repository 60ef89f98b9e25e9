import { formatMany } from '../../core/observe/format.ts';
import { createPalette } from '../../core/observe/palette.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { exitCodes, reportExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateReport } from './locate.ts';
import { withSession } from './session.ts';

export interface ReindexCommandOptions extends GlobalOptions {
  readonly pipelines: readonly string[];
  readonly kind?: string;
  readonly id?: string;
  readonly destination?: readonly string[];
  readonly dryRun?: boolean;
}

export const runReindex = (options: ReindexCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const { documents, run } = await tributary.reindex({
      pipelines: options.pipelines,
      kind: options.kind,
      id: options.id,
      destinations: options.destination,
      dryRun: options.dryRun ?? false,
    });
    const report = run && locateReport(tributary.config, run);
    if (options.json) writeJson({ documents, ...(report ? { run: report } : {}) });
    else {
      const { bold } = createPalette(colors);
      const verb = options.dryRun ? 'would be written again' : 'to write again';
      const lines = Object.entries(documents).map(
        ([destination, count]) => `${bold(destination)}: ${formatMany(count, 'document')} ${verb}`,
      );
      writeReport([...lines, ...(report ? ['', renderReport(report, { colors })] : [])].join('\n'));
    }
    return report ? reportExitCode(report) : exitCodes.ok;
  });
