import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLost, openCatalog, type Catalog } from '../../../core/catalog/index.ts';
import { page, take } from './catalog.ts';

describe('a lease', () => {
  let folder: string;
  let time = 0;
  const opened: Catalog[] = [];
  const open = (): Catalog => {
    const catalog = openCatalog(join(folder, 'private', 'catalog.sqlite'), () => time);
    opened.push(catalog);
    return catalog;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    time = Date.UTC(2026, 0, 15);
  });
  afterEach(() => {
    for (const catalog of opened.splice(0)) catalog.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is given to one holder: all names or none', () => {
    const [one, other] = [open(), open()];
    take(one, ['stream:a', 'stream:b']);
    expect(other.leases.acquire(['stream:c', 'stream:b'])).toMatchObject({ name: 'stream:b' });
    take(other, ['stream:c']);
  });

  it('is not given twice within one process either', () => {
    const one = open();
    take(one, ['compose']);
    expect(one.leases.acquire(['compose'])).toMatchObject({ name: 'compose' });
  });

  it('can be taken over once it has run out, and the old holder writes nothing more', () => {
    const [one, other] = [open(), open()];
    const old = take(one, ['compose', 'stream:s', `slot:${one.documents.slot('left', 'default')}`]);
    const slot = one.documents.slot('left', 'default');
    time += 61_000;
    const taken = take(other, ['compose', 'stream:s', `slot:${slot}`]);
    expect(taken.epoch).toBeGreaterThan(old.epoch);
    const writes: (() => unknown)[] = [
      () => one.streams.savePage(old, 's', page(1)),
      () => one.streams.reshape(old, 's', 'x'),
      () => one.streams.finish(old, 's'),
      () => one.streams.startEnumeration(old, 's'),
      () => one.streams.removeAbsent(old, 's', ['k'], '2026'),
      () => one.kinds.define(old, []),
      () => one.kinds.retire(old),
      () => one.kinds.expand(old),
      () => one.documents.saveComposed(old, 'account', []),
      () => one.holdings.openAttempt(old, slot, []),
      () => one.holdings.close(old, slot, 1, []),
      () => one.holdings.reject(old, slot, []),
      () => [...one.holdings.forget(old, slot, {})],
    ];
    for (const write of writes) expect(write).toThrow(LeaseLost);
    one.leases.release(old);
    one.leases.renew(old);
    other.streams.savePage(taken, 's', page(1));
  });

  it('of an earlier life of this container, or of a process that is gone, ends at once', () => {
    const one = open();
    take(one, ['stream:a', 'stream:b']);
    const file = new DatabaseSync(join(folder, 'private', 'catalog.sqlite'));
    const rename = file.prepare('UPDATE lease SET holder=? WHERE name=?');
    rename.run(`${hostname()}|${process.pid}|an-earlier-life`, 'stream:a');
    rename.run(`${hostname()}|${2 ** 22 + 1}|gone`, 'stream:b');
    file.close();
    const successor = open();
    take(successor, ['stream:a', 'stream:b']);
    expect(successor.leases.takenOverAt('stream:a')).toBeUndefined();
  });

  it('that was taken from a holder who may still live is remembered as such, by whoever comes later', () => {
    const [one, other] = [open(), open()];
    take(one, ['compose', 'slot:1']);
    time += 61_000;
    const takenAt = time;
    other.leases.release(take(other, ['compose', 'slot:1']));
    time += 1000;
    take(open(), ['compose', 'slot:1', 'slot:2']);
    expect(other.leases.takenOverAt('slot:1')).toBe(takenAt);
    expect(other.leases.takenOverAt('slot:2')).toBeUndefined();
  });

  it('that another host took under a clock that was set back since does not hold for that long', () => {
    const one = open();
    take(one, ['compose']);
    const file = new DatabaseSync(join(folder, 'private', 'catalog.sqlite'));
    file.prepare('UPDATE lease SET holder=?').run('another-host|1|there');
    file.close();
    expect(one.leases.acquire(['compose'])).toMatchObject({ heldBy: 'another-host, process 1' });
    time -= 3_600_000;
    take(one, ['compose']);
  });

  it('lives on while it is renewed', () => {
    const [one, other] = [open(), open()];
    const lease = take(one, ['compose']);
    for (let i = 0; i < 5; i++) {
      time += 50_000;
      one.leases.renew(lease);
    }
    expect(other.leases.acquire(['compose'])).toHaveProperty('heldBy');
  });

  it('is free as soon as it is given back', () => {
    const [one, other] = [open(), open()];
    one.leases.release(take(one, ['compose']));
    take(other, ['compose']);
  });

  it('that covers composing protects the pages of its streams too: what they touch rests on it', () => {
    const [one, other] = [open(), open()];
    const old = take(one, ['compose', 'stream:s']);
    time += 61_000;
    take(other, ['compose']);
    expect(() => one.streams.savePage(old, 's', page(1))).toThrow(LeaseLost);
  });

  it('lies in a catalog that only its owner can read', () => {
    open();
    expect(statSync(join(folder, 'private')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'private', 'catalog.sqlite')).mode & 0o777).toBe(0o600);
  });
});
