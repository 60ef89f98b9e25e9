import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Lease, Leases } from '../catalog.ts';
import { LeaseLost } from '../catalog.ts';
import type { Database } from './database.ts';
import { createLeaseKeeper, type LeaseTimes } from './lease-keeper.ts';

/** A lease lives longer without renewal than any step of the engine takes, and is free soon after a crash on another host. */
const usualTimes: LeaseTimes = {
  leaseMs: 60_000,
  renewEveryMs: 15_000,
  startAfterMs: 1000,
  silentMs: 5 * 60_000,
};

/** Holders of this process; one with our number that is not among them died in an earlier life (a container's restart). */
const ownHolders = new Set<string>();

export interface FencedLeases extends Leases {
  /** Inside a transaction: throws `LeaseLost` unless `lease` still holds `name`. */
  guard(lease: Lease, name: string): void;
  close(): void;
}

export function createLeases(
  database: Database,
  now: () => number,
  times: LeaseTimes = usualTimes,
): FencedLeases {
  const holder = `${hostname()}|${process.pid}|${randomUUID()}`;
  ownHolders.add(holder);
  const renewAll = (): void => {
    try {
      database.run('UPDATE lease SET expires_at=? WHERE holder=?', now() + times.leaseMs, holder);
    } catch {
      // Each write checks the lease; the next renewal may do better.
    }
  };
  const keeper = createLeaseKeeper(database.path, holder, now, times, renewAll);
  const held = new Set<number>();
  /** A claim of another host that reaches further than any it could have made was made under a clock that was set back since. */
  const isCredible = (other: string, leftMs: number): boolean =>
    other.startsWith(`${hostname()}|`) || leftMs <= 2 * times.leaseMs;
  return {
    acquire(names) {
      const lease = database.transaction(() => {
        const time = now();
        const uncertain: string[] = [];
        for (const name of names) {
          const row = database.get('SELECT holder,expires_at FROM lease WHERE name=?', name);
          if (!row || isGone(row[0] as string)) continue;
          if ((row[1] as number) > time && isCredible(row[0] as string, (row[1] as number) - time)) {
            return { heldBy: String(row[0]).split('|').slice(0, 2).join(', process '), name };
          }
          uncertain.push(name);
        }
        for (const name of uncertain) {
          database.run(
            'INSERT INTO meta(key,value) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value',
            `taken-over:${name}`,
            String(time),
          );
        }
        const epoch = database.next('epoch');
        for (const name of names) {
          database.run(
            'INSERT INTO lease(name,holder,epoch,expires_at) VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE SET holder=excluded.holder,epoch=excluded.epoch,expires_at=excluded.expires_at',
            name,
            holder,
            epoch,
            time + times.leaseMs,
          );
        }
        return { names: [...names], epoch };
      });
      if ('heldBy' in lease) return lease;
      held.add(lease.epoch);
      if (database.path !== ':memory:') keeper.start();
      return lease;
    },
    renew(lease) {
      database.transaction(() => {
        database.run(
          'UPDATE lease SET expires_at=? WHERE holder=? AND epoch=?',
          now() + times.leaseMs,
          holder,
          lease.epoch,
        );
      });
    },
    release(lease) {
      held.delete(lease.epoch);
      if (held.size === 0) keeper.stop();
      database.transaction(() => {
        database.run('DELETE FROM lease WHERE holder=? AND epoch=?', holder, lease.epoch);
      });
    },
    lastEpoch: () =>
      (database.get("SELECT value FROM sequence WHERE name='epoch'")?.[0] as number | undefined) ?? 0,
    takenOverAt(name) {
      const row = database.get('SELECT value FROM meta WHERE key=?', `taken-over:${name}`);
      return row && Number(row[0]);
    },
    close: () => keeper.stop(),
    guard(lease, name) {
      const row = database.get('SELECT epoch FROM lease WHERE name=?', name);
      if (!row || row[0] !== lease.epoch) throw new LeaseLost(`another process has taken over ${name}`);
    },
  };
}

/** A holder on this host is gone when its process is, or was an earlier one under our own number. */
function isGone(holder: string): boolean {
  const [host, pid] = holder.split('|');
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return !ownHolders.has(holder);
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EPERM';
  }
}
