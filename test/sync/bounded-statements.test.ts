import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCatalog } from '../../core/catalog/open-catalog.ts';
import { openDatabase, type Database } from '../../core/catalog/sqlite/database.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { reindex } from '../../sync/reindex.ts';
import { runOnce } from '../../sync/run.ts';
import { status } from '../../sync/status.ts';
import { verify } from '../../sync/verify.ts';
import { openWorld } from '../../sync/world.ts';
import { createScenario, type Scenario } from './scenario.ts';

/** Tables with a row for each record, document or join value. */
const growing = ['record', 'body', 'link', 'holding', 'document', 'etag', 'dirty', 'cause', 'shown'];

/** Statements, by how they begin, that may pass over all of a stream, a kind or a slot, and why that is no long step. */
const allowed: Readonly<Record<string, string>> = {
  'SELECT count(*) FROM holding WHERE slot=? AND todo=1': 'counts entries of an index of open work',
  'SELECT count(*) FROM holding WHERE slot=? AND todo=2': 'counts entries of an index of open work',
  "SELECT count(*) FROM holding WHERE slot=? AND held<>''":
    'counts entries of an index that has nothing else',
  'SELECT count(*) FROM dirty WHERE kind=?': 'counts narrow rows: 10 ms a million',
  'SELECT count(*) FROM record WHERE stream=? AND hash IS NOT NULL':
    'counts narrow rows: 45 ms a million, when keys have been listed',
  'SELECT s.name,(SELECT count(*) FROM record r WHERE r.stream=s.id AND r.hash IS NOT NULL) FROM stream s ORDER BY s.name':
    'status alone',
  'SELECT k.name,(SELECT count(*) FROM document d WHERE d.kind=k.id) FROM kind k ORDER BY k.name':
    'status alone',
  'DELETE FROM etag WHERE stream=?': 'when a stream gets another shape, and is read again from the start',
  'INSERT OR IGNORE INTO join_index': 'asks whether there is any record, and stops at the first',
};

function recording(path: string): { readonly database: Database; readonly seen: ReadonlySet<string> } {
  const plain = openDatabase(path);
  const seen = new Set<string>();
  const noted =
    <Values extends unknown[], Result>(call: (sql: string, ...values: Values) => Result) =>
    (sql: string, ...values: Values): Result => {
      seen.add(sql);
      return call(sql, ...values);
    };
  const database: Database = {
    ...plain,
    all: noted(plain.all),
    get: noted(plain.get),
    run: noted(plain.run),
    each: noted(plain.each),
  };
  return { database, seen };
}

/** A first load, changes, deletes without a word, broken rows, a lost slot, and every verb that looks at the catalog. */
async function playEverything(scenario: Scenario, database: Database): Promise<void> {
  const { crm, clock, left } = scenario;
  const world = openWorld({
    config: await parseConfig(scenario.yaml, scenario.registry, { env: {}, folder: scenario.folder }),
    catalog: createCatalog(database, clock.now),
    log: scenario.log,
    signal: new AbortController().signal,
    observe: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
  await runOnce(world);
  crm.patch('User', 'u1', { Name: 'Ursula' });
  crm.remove('Account', 'a1', { silent: true });
  clock.advance(2 * 3_600_000);
  await runOnce(world);
  crm.put('Account', 'a1', { Id: 'a1', Name: '', OwnerId: 'u1', Industry: 'Energy' });
  await runOnce(world);
  await verify(world, { repair: true });
  await reindex(world);
  await status(world);
  left.loseSlot();
  await runOnce(world);
  crm.remove('Account', 'a2');
  clock.advance(40 * 24 * 3_600_000);
  await runOnce(world);
  await runOnce(world);
  await world.close();
}

/** Steps of the query plan that visit every row of a growing table, or every one of a stream, a kind, a slot, an index. */
function longSteps(database: Database, sql: string): string[] {
  const numbers = [...sql.matchAll(/\?(\d+)/g)].map((match) => Number(match[1]));
  const parameters = numbers.length > 0 ? Math.max(...numbers) : (sql.match(/\?/g) ?? []).length;
  const values = Array.from({ length: parameters }, () => '1');
  const plan = database.all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map((row) => String(row[3]));
  const tableOf = (name: string): string =>
    new RegExp(String.raw`\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)\s+(?:AS\s+)?${name}\b`).exec(sql)?.[1] ?? name;
  return plan.filter((step) => {
    const scan = /^SCAN (\w+)/.exec(step);
    const prefix = /^SEARCH (\w+) USING .*\((?:slot|stream|idx|kind)=\?\)$/.exec(step);
    const name = (scan ?? prefix)?.[1];
    return name !== undefined && growing.includes(tableOf(name));
  });
}

it('every statement on the catalog looks rows up, or takes a bounded number of them', async () => {
  const scenario = createScenario({ reconcile: '1h' });
  const { database, seen } = recording(join(scenario.folder, 'catalog.sqlite'));
  try {
    await playEverything(scenario, database);
    const long = [...seen].filter(
      (sql) =>
        !/\bLIMIT\b/.test(sql) && !/^(CREATE|EXPLAIN)/.test(sql) && longSteps(database, sql).length > 0,
    );
    const known = Object.keys(allowed);
    expect(long.filter((sql) => !known.some((one) => sql.startsWith(one)))).toEqual([]);
    expect(known.filter((one) => !long.some((sql) => sql.startsWith(one)))).toEqual([]);
    expect(seen.size).toBeGreaterThan(100);
  } finally {
    database.close();
    scenario.end();
  }
});
