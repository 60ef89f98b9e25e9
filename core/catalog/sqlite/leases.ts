import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Lease, Leases } from '../catalog.ts';
import { LeaseLost } from '../catalog.ts';
import type { Database } from './database.ts';

/** How long a lease lives without renewal: longer than any step of the engine, short enough to take over after a crash. */
export const leaseMs = 60_000;

/** Holders of this process; one with our number that is not among them died in an earlier life (a container's restart). */
const ownHolders = new Set<string>();

export interface FencedLeases extends Leases {
  /** Inside a transaction: throws `LeaseLost` unless `lease` still holds `name`. */
  guard(lease: Lease, name: string): void;
}

export function createLeases(database: Database, now: () => number): FencedLeases {
  const holder = `${hostname()}|${process.pid}|${randomUUID()}`;
  ownHolders.add(holder);
  return {
    acquire(names) {
      return database.transaction(() => {
        const time = now();
        for (const name of names) {
          const row = database.get('SELECT holder,expires_at FROM lease WHERE name=?', name);
          if (row && (row[1] as number) > time && isAlive(row[0] as string)) {
            return { heldBy: String(row[0]).split('|').slice(0, 2).join(' process '), name };
          }
        }
        const epoch = database.next('epoch');
        for (const name of names) {
          database.run(
            'INSERT INTO lease(name,holder,epoch,expires_at) VALUES(?,?,?,?) ON CONFLICT(name) DO UPDATE SET holder=excluded.holder,epoch=excluded.epoch,expires_at=excluded.expires_at',
            name,
            holder,
            epoch,
            time + leaseMs,
          );
        }
        return { names: [...names], epoch };
      });
    },
    renew(lease) {
      database.transaction(() => {
        database.run(
          'UPDATE lease SET expires_at=? WHERE holder=? AND epoch=?',
          now() + leaseMs,
          holder,
          lease.epoch,
        );
      });
    },
    release(lease) {
      database.transaction(() => {
        database.run('DELETE FROM lease WHERE holder=? AND epoch=?', holder, lease.epoch);
      });
    },
    lastEpoch: () =>
      (database.get("SELECT value FROM sequence WHERE name='epoch'")?.[0] as number | undefined) ?? 0,
    guard(lease, name) {
      const row = database.get('SELECT epoch FROM lease WHERE name=?', name);
      if (!row || row[0] !== lease.epoch) throw new LeaseLost(`another process has taken over ${name}`);
    },
  };
}

/** A holder on this host is dead when its process is gone, or was an earlier one under our own number. */
function isAlive(holder: string): boolean {
  const [host, pid] = holder.split('|');
  if (host !== hostname()) return true;
  if (Number(pid) === process.pid) return ownHolders.has(holder);
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
