import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../../core/catalog/sqlite/database.ts';
import type { LeaseTimes } from '../../../core/catalog/sqlite/lease-keeper.ts';
import { createLeases, type FencedLeases } from '../../../core/catalog/sqlite/leases.ts';

const times: LeaseTimes = { leaseMs: 1000, renewEveryMs: 100, startAfterMs: 0, silentMs: 60_000 };

describe('a lease that is held for long', () => {
  let folder: string;
  let opened: { readonly database: Database; readonly leases: FencedLeases }[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    opened = [];
  });
  afterEach(() => {
    for (const { database, leases } of opened) {
      leases.close();
      database.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (): string => join(folder, 'catalog.sqlite');
  function open(more: Partial<LeaseTimes> = {}, now: () => number = Date.now) {
    const database = openDatabase(path());
    const one = { database, leases: createLeases(database, now, { ...times, ...more }) };
    opened.push(one);
    return one;
  }
  const endOf = ({ database }: { readonly database: Database }): number =>
    database.get("SELECT expires_at FROM lease WHERE name='compose'")![0] as number;
  /** Waits until its thread has renewed it. */
  async function renewed(one: { readonly database: Database }): Promise<void> {
    const before = endOf(one);
    while (endOf(one) === before) await delay(10);
  }
  /** As a long statement does: nothing of this thread runs meanwhile. */
  const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  it('outlives a statement that takes longer than it lasts', async () => {
    const [one, other] = [open(), open()];
    one.leases.acquire(['compose']);
    await renewed(one);
    block(1500);
    expect(other.leases.acquire(['compose'])).toMatchObject({ name: 'compose' });
  });

  it('is let go when its holder hangs, so that another goes on', async () => {
    const [one, other] = [open({ silentMs: 200 }), open()];
    one.leases.acquire(['compose']);
    await renewed(one);
    block(1800);
    expect(other.leases.acquire(['compose'])).toHaveProperty('epoch');
  });

  it('runs by the clock of its holder, also where that is not the machine’s', async () => {
    const ahead = 40 * 60_000;
    const one = open({}, () => Date.now() + ahead);
    one.leases.acquire(['compose']);
    await renewed(one);
    expect(endOf(one) - Date.now()).toBeGreaterThan(ahead);
  });

  it('is renewed no more once it is given back or the catalog is closed, and no file stays open', async () => {
    const [one, other] = [open(), open()];
    const lease = one.leases.acquire(['compose']);
    await renewed(one);
    one.leases.release(lease as never);
    other.leases.acquire(['compose']);
    await renewed(other);
    for (const { database, leases } of opened.splice(0)) {
      leases.close();
      database.close();
    }
    await delay(300);
    expect([existsSync(`${path()}-wal`), existsSync(`${path()}-shm`)]).toEqual([false, false]);
    const left = open();
    const end = endOf(left);
    await delay(300);
    expect(endOf(left)).toBe(end);
  });

  it.each([
    ['keeps no process alive', []],
    [
      'is renewed also where a process may have no second thread',
      ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'],
    ],
  ])('%s', (_what, flags) => {
    const source = (name: string): string =>
      JSON.stringify(new URL(`../../../core/catalog/sqlite/${name}.ts`, import.meta.url).href);
    const script = `
      import { openDatabase } from ${source('database')};
      import { createLeases } from ${source('leases')};
      const database = openDatabase(${JSON.stringify(path())});
      const leases = createLeases(database, Date.now, ${JSON.stringify(times)});
      leases.acquire(['compose']);
      const before = database.get('SELECT expires_at FROM lease')[0];
      while (database.get('SELECT expires_at FROM lease')[0] === before) await new Promise((go) => setTimeout(go, 10));
      console.log('renewed');
    `;
    const said = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(said).toBe('renewed\n');
  });
});
