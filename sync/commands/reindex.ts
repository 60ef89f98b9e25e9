import { ConfigError } from '../../core/contract/errors.ts';
import { formatMany } from '../../core/observe/format.ts';
import { createPalette } from '../../core/observe/palette.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { exitCodes, reportExitCode } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateReport } from './locate.ts';
import { withSession } from './session.ts';
import { runBlueGreen } from './slots.ts';

export interface ReindexCommandOptions extends GlobalOptions {
  readonly pipelines: readonly string[];
  readonly kind?: string;
  readonly id?: string;
  readonly destination?: readonly string[];
  readonly dryRun?: boolean;
  readonly blueGreen?: boolean;
  readonly prepareOnly?: boolean;
}

export const runReindex = (options: ReindexCommandOptions, io: CliIo): Promise<number> => {
  const problem = contradiction(options);
  if (problem) return Promise.resolve(reportFailure(problem, io, { json: options.json }));
  return options.blueGreen ? runBlueGreen(options, io) : inPlace(options, io);
};

/** A second slot is filled with everything, or it could not take the place of the first. */
function contradiction(options: ReindexCommandOptions): ConfigError | undefined {
  const { blueGreen, prepareOnly, kind, id, pipelines } = options;
  if (!blueGreen) {
    return prepareOnly
      ? new ConfigError('REINDEX_CHOICE', '--prepare-only goes with --blue-green')
      : undefined;
  }
  return kind !== undefined || id !== undefined || pipelines.length > 0
    ? new ConfigError(
        'REINDEX_CHOICE',
        '--blue-green fills a whole slot: it takes no pipeline, --kind or --id',
        {
          hint: 'choose destinations with --destination',
        },
      )
    : undefined;
}

const inPlace = (options: ReindexCommandOptions, io: CliIo): Promise<number> =>
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
