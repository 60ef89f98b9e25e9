import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';
import { slots, steadyMs, type LeaseThreadData } from './lease-keeper.ts';

/**
 * The thread that renews a holder's leases until it is stopped or the holder hangs. The file is opened for each renewal
 * and closed after it, so that the holder's own connection is the last one to leave.
 */
const { path, holder, leaseMs, renewEveryMs, silentMs, shared } = workerData as LeaseThreadData;
const state = new BigInt64Array(shared);

do {
  if (steadyMs() - Atomics.load(state, slots.sign) < BigInt(silentMs)) renew();
} while (Atomics.wait(state, slots.stop, 0n, renewEveryMs) === 'timed-out');

function renew(): void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec('PRAGMA busy_timeout=10000');
    const until = Date.now() + Number(Atomics.load(state, slots.clockAhead)) + leaseMs;
    database.prepare('UPDATE lease SET expires_at=? WHERE holder=?').run(until, holder);
  } catch {
    // The next renewal may do better; until then the lease lives on what it has.
  } finally {
    database?.close();
  }
}
