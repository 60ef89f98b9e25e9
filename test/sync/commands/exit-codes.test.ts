import { expect, it } from 'vitest';
import {
  noDestinationCounts,
  noStreamCounts,
  type DestinationReport,
  type Problem,
  type RunReport,
  type StreamReport,
} from '../../../core/observe/report.ts';
import {
  problemsExitCode,
  reportExitCode,
  stoppedExitCode,
  stopReason,
} from '../../../sync/commands/exit-codes.ts';

const report = (
  destination: Partial<DestinationReport> = {},
  stream: Partial<StreamReport> = {},
  more: Partial<RunReport> = {},
): RunReport => ({
  run: 'r',
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 1,
  dryRun: false,
  streams: [{ stream: 's', seconds: 1, ...noStreamCounts(), ...stream }],
  kinds: [],
  joins: [],
  destinations: [{ destination: 'd', seconds: 1, held: 0, ...noDestinationCounts(), ...destination }],
  ...more,
});
const problem = (next: Problem['next']): { error: Problem } => ({ error: { code: 'C', message: 'm', next } });

it('is 75 when another run holds the catalog, unless something graver happened too', () => {
  const busy: Problem = { code: 'BUSY', message: 'm', next: 'act' };
  expect(problemsExitCode([undefined, busy])).toBe(75);
  expect(problemsExitCode([busy, problem('wait').error])).toBe(75);
  expect(problemsExitCode([busy, problem('act').error])).toBe(2);
  expect(problemsExitCode([busy, problem('bug').error])).toBe(70);
});

it.each([
  [0, 'nothing is wrong', report({ written: 5, unchanged: 3, withheld: 2 })],
  [1, 'a record is quarantined', report({}, { quarantined: 1 })],
  [1, 'a document is refused', report({ quarantined: 1 })],
  [1, 'a service has not decided yet', report({ pending: 1 })],
  [1, 'work is left', report({ deferred: 1 })],
  [
    1,
    'a kind waits for a stream',
    report({}, {}, { kinds: [{ kind: 'k', composed: 0, leftOut: {}, waitsFor: ['s'] }] }),
  ],
  [1, 'a service is out of reach', report(problem('wait'))],
  [2, 'the delete guard holds deletes back', report({ staged: 1 })],
  [2, 'a service leads agents elsewhere', report({ warning: problem('act').error })],
  [2, 'a person must act, and something else is out of reach', report(problem('act'), problem('wait'))],
  [70, 'a bug, whatever else', report(problem('act'), problem('bug'))],
] as const)('a run ends with %i when %s', (code, _name, given) => {
  expect(reportExitCode(given)).toBe(code);
});

it('work left is no rejection when it was asked for', () => {
  expect(reportExitCode(report({ deferred: 9 }), { limit: true })).toBe(0);
  expect(reportExitCode(report({ deferred: 9 }, {}, { dryRun: true }))).toBe(0);
});

it('a stopped command ends with the code of its signal', () => {
  expect(stoppedExitCode(AbortSignal.abort(stopReason('SIGINT')))).toBe(130);
  expect(stoppedExitCode(AbortSignal.abort(stopReason('SIGTERM')))).toBe(143);
  expect(stoppedExitCode(new AbortController().signal)).toBeUndefined();
});
