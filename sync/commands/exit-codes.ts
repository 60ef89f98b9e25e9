import type { Problem, RunReport } from '../../core/observe/report.ts';

/** How a command ended, as a shell sees it. */
export const exitCodes = {
  ok: 0,
  rejections: 1,
  act: 2,
  bug: 70,
  busy: 75,
  interrupted: 130,
  terminated: 143,
} as const;

export const exitCodesHelp = `
Exit codes:
  0    all is well
  1    finished, and something is not where it should be: quarantined records
       or documents, differences found by verify, a service out of reach, work
       left for the next run
  2    a person must act: configuration, credentials, permissions, command line
  70   a bug in Tributary
  75   another run is at work on this catalog: nothing was done, try again later
  130  stopped by SIGINT (Ctrl-C), 143 by SIGTERM: what was under way was
       finished, and the next run goes on from there; a second one ends at once`;

/** Why a command was told to stop. The engine knows it by the name that every aborted wait in Node has. */
export function stopReason(signal: 'SIGINT' | 'SIGTERM'): Error {
  const reason = new Error(`stopped by ${signal}`);
  reason.name = 'AbortError';
  return Object.assign(reason, { signal });
}

/** 130 or 143 when the command was told to stop; undefined otherwise. */
export function stoppedExitCode(signal: AbortSignal): number | undefined {
  if (!signal.aborted) return undefined;
  const by = (signal.reason as { signal?: unknown } | undefined)?.signal;
  return by === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
}

const byNext = { bug: exitCodes.bug, act: exitCodes.act, wait: exitCodes.rejections } as const;

/** From the gravest: a bug, then what a person must act on, then what another try may bring. */
const gravity = [exitCodes.bug, exitCodes.act, exitCodes.busy, exitCodes.rejections] as const;

export const gravestExitCode = (codes: readonly number[]): number =>
  gravity.find((code) => codes.includes(code)) ?? exitCodes.ok;

/** The gravest of several problems decides. */
export const problemsExitCode = (problems: readonly (Problem | undefined)[]): number =>
  gravestExitCode(
    problems.flatMap((problem) =>
      problem === undefined ? [] : [problem.code === 'BUSY' ? exitCodes.busy : byNext[problem.next]],
    ),
  );

/** `asked`: the run was told to leave work for later, so work left is no rejection. */
export function reportExitCode(report: RunReport, asked: { readonly limit?: boolean } = {}): number {
  const code = problemsExitCode([
    ...[...report.streams, ...report.destinations].map((one) => one.error),
    ...report.destinations.map((one) => one.warning),
  ]);
  if (code === exitCodes.bug || code === exitCodes.act) return code;
  if (report.destinations.some((one) => one.staged > 0)) return exitCodes.act;
  const leftAlone = asked.limit === true || report.dryRun;
  const refused =
    report.streams.some((one) => one.quarantined > 0) ||
    report.kinds.some((one) => one.waitsFor.length > 0) ||
    report.destinations.some(
      (one) => one.quarantined > 0 || (!one.filling && (one.pending > 0 || (one.deferred > 0 && !leftAlone))),
    );
  return refused ? exitCodes.rejections : code;
}
