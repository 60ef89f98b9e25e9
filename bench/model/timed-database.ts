import { openDatabase, type Database } from '../../core/catalog/sqlite/database.ts';

/** One statement or transaction that kept the event loop. */
export interface TimedStep {
  /** Of this thread's processor time: what else the machine does is not counted. */
  readonly ms: number;
  /** The statement, or the last one of a transaction with the number of its statements. */
  readonly what: string;
}
/** How long the catalog kept the event loop: one number for every transaction. */
export interface TransactionTimes {
  take(): {
    readonly transactions: number;
    readonly totalMs: number;
    readonly longestMs: number;
    /** Statements outside transactions, and transactions, each kind once; the longest first. */
    readonly longest: readonly TimedStep[];
  };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** A connection that times its transactions, commit included, and the statements outside them. */
export function openTimedDatabase(path: string): Database & TransactionTimes {
  const database = openDatabase(path);
  let times: number[] = [];
  let longest = new Map<string, number>();
  let inside = false;
  let lastSql = '';
  const note = (what: string, start: number): void => {
    const ms = threadMs() - start;
    longest.set(what, Math.max(longest.get(what) ?? 0, ms));
  };
  const timed =
    <Values extends unknown[], Result>(call: (sql: string, ...values: Values) => Result) =>
    (sql: string, ...values: Values): Result => {
      lastSql = sql;
      if (inside) return call(sql, ...values);
      const start = threadMs();
      try {
        return call(sql, ...values);
      } finally {
        note(sql, start);
      }
    };
  const own: Database = {
    ...database,
    all: timed(database.all),
    get: timed(database.get),
    run: timed(database.run),
    transaction(work) {
      const start = performance.now();
      const startMs = threadMs();
      inside = true;
      try {
        return database.transaction(work);
      } finally {
        inside = false;
        times.push(performance.now() - start);
        note(`transaction … ${lastSql}`, startMs);
      }
    },
  };
  return {
    ...own,
    take() {
      const [taken, steps] = [times, longest];
      times = [];
      longest = new Map();
      return {
        transactions: taken.length,
        totalMs: Math.round(taken.reduce((sum, one) => sum + one, 0)),
        longestMs: Math.round(taken.reduce((most, one) => Math.max(most, one), 0)),
        longest: [...steps]
          .map(([what, ms]) => ({ ms: Math.round(ms), what }))
          .sort((one, other) => other.ms - one.ms)
          .slice(0, 8),
      };
    },
  };
}
