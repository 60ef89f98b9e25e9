import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCatalog } from '../../../core/catalog/index.ts';
import type { Registry } from '../../../core/config/config.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import type { RunReport } from '../../../core/observe/report.ts';
import { createRecordingLog, createTestClock, modelDestination } from '../../../core/testing/index.ts';
import type { TestClock } from '../../../core/testing/index.ts';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
} from '../../../connectors/snowflake/emulator/index.ts';
import { snowflake } from '../../../connectors/snowflake/index.ts';
import { runOnce } from '../../../sync/run.ts';
import { openWorld } from '../../../sync/world.ts';
import { instant, usageRow, usageTable } from './bench.ts';

const TABLE = 'SALES.MART.USAGE';
const ROWS = 120;
let clock: TestClock;
let emulator: SnowflakeEmulator;
let folder: string;
let plane: ReturnType<typeof modelDestination>;
beforeEach(async () => {
  clock = createTestClock();
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  plane = modelDestination({ type: 'model' });
  const rows = Array.from({ length: ROWS }, (_, index) => ({ id: index + 1, minutesAgo: 900 - index }));
  emulator = await startSnowflakeEmulator({
    tables: [usageTable(rows)],
    changeTracking: [TABLE],
    now: clock.now,
  });
});
afterEach(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

const registry = (): Registry => ({
  sources: { snowflake: async () => snowflake as never },
  destinations: { model: async () => plane.connector as never },
});

const yamlOf = (stream: string): string => `
namespace: acme
sources:
  warehouse:
    type: snowflake
    account: ${emulator.env['SNOWFLAKE_ACCOUNT']}
    accessUrl: ${emulator.url}
    user: ${emulator.env['SNOWFLAKE_USER']}
    role: ${emulator.env['SNOWFLAKE_ROLE']}
    warehouse: ${emulator.env['SNOWFLAKE_WAREHOUSE']}
    database: SALES
    schema: MART
    auth: { token: '\${SNOWFLAKE_TOKEN}' }
    pageSize: 20
    statementRows: 50
    lookback: 0s
    streams:
      usage:
        fields: [ID, USERS]
        key: [ID]
        buckets: 16
        reconcile: 1h
        ${stream}
destinations:
  plane: { type: model, plane: stateful }
kinds:
  usage:
    from: warehouse.usage
    title: 'Usage {{ID}}'
    body: '{{ID}} has {{USERS}} users'
    access: { everyone: 'figures that the whole company may see' }
pipelines:
  main: { kinds: [usage], destinations: [plane] }
`;

async function sync(stream: string): Promise<RunReport> {
  const config = await parseConfig(yamlOf(stream), registry(), { env: emulator.env, folder });
  const world = await openWorld({
    config,
    catalog: openCatalog(join(folder, 'catalog.sqlite'), clock.now),
    log: createRecordingLog(),
    signal: new AbortController().signal,
    observe: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
  try {
    return await runOnce(world, {});
  } finally {
    await world.close();
    world.catalog.close();
  }
}

const held = (): string[] => [...plane.held().values()].map((one) => one.document!.body.trim()).sort();
const inTable = (): string[] =>
  emulator.warehouse
    .rows(TABLE)
    .map((row) => `${row['ID']} has ${row['USERS']} users`)
    .sort();

describe.each([
  ['its change history', 'changes: changes'],
  ['a cursor and listed keys', '{ changes: cursor, cursor: UPDATED_AT }'],
  ['the comparison of buckets', 'changes: reconcile'],
  ['a query', "query: 'SELECT ID, USERS FROM USAGE'"],
])('a Snowflake table read by %s', (_how, options) => {
  const lines = options
    .replace(/^\{ | \}$/g, '')
    .split(', ')
    .join('\n        ');
  const stream = options.startsWith('{') ? lines : options;

  test('reaches the destination and follows it through changes and deletes, told or silent', async () => {
    expect((await sync(stream)).streams).toMatchObject([{ new: ROWS, quarantined: 0 }]);
    expect(held()).toEqual(inTable());
    clock.advance(2 * 3_600_000);
    const now = (clock.now() - Date.UTC(2026, 0, 15, 12)) / 1000;
    emulator.warehouse.update(TABLE, 5, { USERS: 55, UPDATED_AT: instant(now) });
    // A change that no stamp tells.
    emulator.warehouse.update(TABLE, 6, { USERS: 66 });
    emulator.warehouse.remove(TABLE, 7);
    emulator.warehouse.insert(TABLE, { ...usageRow(500, 0), UPDATED_AT: instant(now) });
    clock.advance(5 * 60_000);
    const report = await sync(stream);
    expect(report.streams).toMatchObject([{ new: 1, changed: 2, deleted: 1 }]);
    expect(held()).toEqual(inTable());
  });

  test('costs an unchanged table a few statements, and writes nothing', async () => {
    await sync(stream);
    clock.advance(2 * 3_600_000);
    await sync(stream);
    clock.advance(2 * 3_600_000);
    const before = emulator.statements.length;
    const report = await sync(stream);
    expect(report.streams).toMatchObject([{ new: 0, changed: 0, deleted: 0 }]);
    expect(report.destinations).toMatchObject([{ written: 0, deleted: 0 }]);
    const onTable = emulator.statements
      .slice(before)
      .map((one) => one.sqlText)
      .filter(
        (sql) => /USAGE/.test(sql) && !/INFORMATION_SCHEMA|^SHOW/.test(sql) && !sql.startsWith('SELECT *'),
      );
    const listing = onTable.filter((sql) => sql.includes('OVER (PARTITION BY'));
    expect(listing).toEqual([]);
    expect(onTable.filter((sql) => sql.includes('HASH_AGG('))).toHaveLength(1);
    expect(onTable.length).toBeLessThanOrEqual(8);
  });
});
