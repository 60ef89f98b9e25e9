import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../../core/contract/errors.ts';
import { exitCodes } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { withSession } from './session.ts';

export interface ServeCommandOptions extends GlobalOptions {
  readonly once?: boolean;
}

export const runServe = (options: ServeCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { level: 'info' }, async ({ tributary, log, writeJson }) => {
    const { runSchedules } = await import('../schedule.ts');
    const { gravestExitCode, reportExitCode, problemsExitCode } = await import('./exit-codes.ts');
    const pipelines = Object.entries(tributary.config.pipelines).flatMap(([name, { schedule }]) =>
      schedule === undefined ? [] : [{ name, ...schedule }],
    );
    if (pipelines.length === 0) {
      throw new ConfigError('NO_SCHEDULE', 'no pipeline has a schedule', {
        where: 'pipelines',
        hint: "give one `schedule: { cron: '*/15 * * * *', timeZone: Europe/Amsterdam }`",
      });
    }
    const runs = await runSchedules({
      pipelines,
      once: options.once ?? false,
      run: (pipeline) => tributary.sync({ pipelines: [pipeline] }),
      log,
      now: Date.now,
      sleep: (ms) => delay(ms, undefined, { signal: io.signal }),
      signal: io.signal,
    });
    if (options.json) writeJson({ runs });
    if (!options.once) return exitCodes.ok;
    const codes = runs.map(({ report, problem }) =>
      report ? reportExitCode(report) : problemsExitCode([problem]),
    );
    return gravestExitCode(codes);
  });
