import { Cron } from 'croner';
import type { Log } from '../core/contract/context.ts';
import { formatCount, formatMany, formatSeconds } from '../core/observe/format.ts';
import type { DestinationCounts, Problem, RunReport } from '../core/observe/report.ts';
import { toProblem } from './problem.ts';

export interface Schedule {
  /** The pipeline's name. */
  readonly name: string;
  readonly cron: string;
  /** IANA name of the time zone that the expression is read in. */
  readonly timeZone: string;
}
export interface ScheduledRun {
  readonly pipeline: string;
  readonly report?: RunReport;
  /** Why there is no report. */
  readonly problem?: Problem;
}
export interface SchedulerOptions {
  readonly pipelines: readonly Schedule[];
  /** Runs each once, now, and ends. */
  readonly once: boolean;
  run(pipeline: string): Promise<RunReport>;
  readonly log: Log;
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(ms: number): Promise<void>;
  readonly signal: AbortSignal;
}

/** Longest sleep: a clock that was set, or a machine that slept, is noticed within this time. */
const longestSleepMs = 30_000;
/** Runs that are remembered for the answer. */
const rememberedRuns = 100;

/**
 * Runs pipelines when their schedules say, one run at a time on one catalog. A pipeline that comes due while its own run is
 * under way is skipped; one that comes due while another runs follows it, once. A run that fails is logged, and the next
 * one comes at its time. When the signal aborts, the run under way stops gracefully and no other begins. Answers the last runs.
 */
export async function runSchedules(options: SchedulerOptions): Promise<readonly ScheduledRun[]> {
  const { log, signal, now } = options;
  const runs: ScheduledRun[] = [];
  const runOne = async (pipeline: string): Promise<void> => {
    const run = await attempt(pipeline, options);
    runs.push(run);
    if (runs.length > rememberedRuns) runs.shift();
  };
  if (options.once) {
    for (const { name } of options.pipelines) if (!signal.aborted) await runOne(name);
    return runs;
  }
  const clocks = options.pipelines.map((pipeline) => createClock(pipeline, now()));
  for (const { pipeline, due } of clocks) announce(log, pipeline, due());
  let seen = now();
  while (!signal.aborted) {
    if (now() < seen) for (const clock of clocks) clock.restart(now());
    seen = now();
    const [first] = clocks.toSorted((one, other) => one.due() - other.due());
    if (first === undefined || first.due() === Infinity) return runs;
    const waitMs = first.due() - now();
    if (waitMs > 0) {
      await options.sleep(Math.min(waitMs, longestSleepMs)).catch(() => undefined);
      continue;
    }
    first.passOver(now());
    await runOne(first.pipeline.name);
    const skipped = first.passOver(now());
    if (skipped > 0) {
      const times = formatMany(skipped, 'due run');
      log.warn(`${first.pipeline.name}: ${times} skipped, since the one before was still at work`);
    }
    if (!signal.aborted) announce(log, first.pipeline, first.due());
  }
  return runs;
}

function announce(log: Log, { name, timeZone }: Schedule, due: number): void {
  if (due === Infinity) return log.warn(`${name}: its schedule has no further time`);
  const local = new Date(due).toLocaleString('sv-SE', { timeZone, timeZoneName: 'short' });
  log.info(`${name}: next run at ${local}`);
}

interface Clock {
  readonly pipeline: Schedule;
  due(): number;
  /** Moves on to the first time after `at`; answers how many times were passed over. */
  passOver(at: number): number;
  /** The machine's clock was set back to `at`: its times come again. */
  restart(at: number): void;
}

/** Passed-over times are counted up to here. */
const countedTimes = 1000;

function createClock(pipeline: Schedule, from: number): Clock {
  const cron = new Cron(pipeline.cron, { paused: true, timezone: pipeline.timeZone });
  const after = (at: number): number => cron.nextRun(new Date(at))?.getTime() ?? Infinity;
  let next = after(from);
  return {
    pipeline,
    due: () => next,
    restart(at) {
      next = after(at);
    },
    passOver(at) {
      let passed = 0;
      while (next <= at && passed < countedTimes) {
        passed++;
        next = after(next);
      }
      if (next <= at) next = after(at);
      return passed;
    },
  };
}

async function attempt(pipeline: string, options: SchedulerOptions): Promise<ScheduledRun> {
  const { log } = options;
  log.info(`${pipeline}: run started`);
  try {
    const report = await options.run(pipeline);
    const problems = [...report.streams, ...report.destinations].filter((one) => one.error);
    log[problems.length > 0 ? 'warn' : 'info'](`${pipeline}: ${summarise(report)}`, { run: report.run });
    for (const one of problems) {
      const at = 'stream' in one ? one.stream : one.destination;
      const { code, message, hint, next } = one.error!;
      log[next === 'wait' ? 'warn' : 'error'](`${at}: ${message}${hint ? `; ${hint}` : ''}`, { code });
    }
    return { pipeline, report };
  } catch (error) {
    const problem = toProblem(error);
    if (problem.code === 'STOPPED') log.info(`${pipeline}: run stopped; the next one goes on from here`);
    else {
      const hint = problem.hint ? `; ${problem.hint}` : '';
      const stack = problem.next === 'bug' && error instanceof Error ? { stack: error.stack } : {};
      log.error(`${pipeline}: run failed: ${problem.message}${hint}`, { code: problem.code, ...stack });
    }
    return { pipeline, problem };
  }
}

/** A run in one line. */
export function summarise(report: RunReport): string {
  const sum = (name: keyof DestinationCounts): number =>
    report.destinations.reduce((total, one) => total + one[name], 0);
  const read = report.streams.reduce((total, one) => total + one.read, 0);
  const refused = sum('quarantined') + report.streams.reduce((total, one) => total + one.quarantined, 0);
  const served = report.destinations.filter((one) => !one.filling);
  const open = sum('staged') + served.reduce((total, one) => total + one.pending + one.deferred, 0);
  return [
    `${formatCount(read)} read`,
    `${formatCount(sum('written'))} written`,
    `${formatCount(sum('deleted'))} deleted`,
    ...(refused > 0 ? [`${formatCount(refused)} quarantined`] : []),
    ...(open > 0 ? [`${formatCount(open)} left for the next run`] : []),
    `in ${formatSeconds(report.seconds)}`,
  ].join(', ');
}
