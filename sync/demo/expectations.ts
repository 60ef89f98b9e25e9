import type { RunReport } from '../../core/observe/report.ts';

export interface Expectation {
  readonly what: string;
  readonly holds: boolean;
  /** What was found instead. */
  readonly found?: string;
}

/** What the demo promises, each thing checked when its time has come. */
export interface Expectations {
  readonly list: readonly Expectation[];
  /** `found` says what is wrong; without an entry, all is well. */
  expect(what: string, found: readonly string[]): Expectation;
}

export function createExpectations(): Expectations {
  const list: Expectation[] = [];
  return {
    list,
    expect(what, found) {
      const expectation = {
        what,
        holds: found.length === 0,
        ...(found.length > 0 ? { found: found.join('; ') } : {}),
      };
      list.push(expectation);
      return expectation;
    },
  };
}

/** Where the accounts of a run do not close: read and considered must be the sum of what became of them. */
export function openAccounts(report: RunReport): string[] {
  const streams = report.streams.map((one) => ({
    name: one.stream,
    total: one.read,
    sum: one.new + one.changed + one.unchanged + one.deleted + one.older + one.quarantined,
  }));
  const destinations = report.destinations.map((one) => ({
    name: one.destination,
    total: one.considered,
    sum:
      one.written +
      one.deleted +
      one.unchanged +
      one.withheld +
      one.quarantined +
      one.pending +
      one.staged +
      one.deferred,
  }));
  return [...streams, ...destinations]
    .filter(({ total, sum }) => total !== sum)
    .map(({ name, total, sum }) => `${name}: ${total} came in, ${sum} are accounted for`);
}

/** What kept a run from ending as it should: errors, and work that is not done. */
export function unfinished(report: RunReport): string[] {
  return [
    ...[...report.streams].flatMap((one) => (one.error ? [`${one.stream}: ${one.error.message}`] : [])),
    ...report.destinations.flatMap((one) => (one.error ? [`${one.destination}: ${one.error.message}`] : [])),
    ...report.streams.flatMap((one) =>
      one.quarantined > 0 ? [`${one.stream}: ${one.quarantined} records quarantined`] : [],
    ),
    ...report.destinations.flatMap((one) => {
      const left = one.quarantined + one.pending + one.staged + one.deferred;
      return left > 0 ? [`${one.destination}: ${left} documents not brought there`] : [];
    }),
  ];
}
