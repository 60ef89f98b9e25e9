import { openDatabase, type Database } from '../../core/catalog/sqlite/database.ts';

/** How long the catalog kept the event loop: one number for every transaction. */
export interface TransactionTimes {
  take(): { readonly transactions: number; readonly totalMs: number; readonly longestMs: number };
}

/** A connection that times its transactions, commit included. */
export function openTimedDatabase(path: string): Database & TransactionTimes {
  const database = openDatabase(path);
  let times: number[] = [];
  return {
    ...database,
    transaction(work) {
      const start = performance.now();
      try {
        return database.transaction(work);
      } finally {
        times.push(performance.now() - start);
      }
    },
    take() {
      const taken = times;
      times = [];
      return {
        transactions: taken.length,
        totalMs: Math.round(taken.reduce((sum, one) => sum + one, 0)),
        longestMs: Math.round(Math.max(0, ...taken)),
      };
    },
  };
}
