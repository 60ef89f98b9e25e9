import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
} from '../../../connectors/snowflake/emulator/index.ts';
import { usageTable } from './bench.ts';

const repository = resolve(import.meta.dirname, '../../..');
let emulator: SnowflakeEmulator;
let folder: string;
let home: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowflake-driver-'));
  home = await mkdtemp(join(tmpdir(), 'snowflake-home-'));
  emulator = await startSnowflakeEmulator({ tables: [usageTable([{ id: 1, minutesAgo: 5 }])] });
});
afterEach(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
  await rm(home, { recursive: true });
});

/** Runs a script in a process of its own, whose only file system trace would be in an empty folder. */
async function run(
  script: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...process.env, ...emulator.env, HOME: home, ...environment },
  });
}

const SOURCE = `
const { snowflake } = await import('${repository}/connectors/snowflake/index.ts');
const { createTestContext } = await import('${repository}/core/testing/context.ts');
const env = process.env;
const open = (more = {}) => snowflake.create(snowflake.config.parse({
  account: env.SNOWFLAKE_ACCOUNT, accessUrl: env.SNOWFLAKE_ACCESS_URL, user: env.SNOWFLAKE_USER, role: env.SNOWFLAKE_ROLE,
  warehouse: env.SNOWFLAKE_WAREHOUSE, database: env.SNOWFLAKE_DATABASE, auth: { privateKey: env.SNOWFLAKE_PRIVATE_KEY }, ...more,
}), createTestContext());
const stream = { name: 'usage', fields: ['ID'], options: { table: 'SALES.MART.USAGE', key: ['ID'] } };
const readAll = async (source, of = stream) => {
  let records = 0;
  for await (const page of source.read({ stream: of, from: undefined, signal: new AbortController().signal })) records += page.records.length;
  return records;
};
`;

/** Three ways to fail, each after another stage of the driver's work. */
const FAIL = `${SOURCE}
const told = [];
const note = (error) => told.push(error.code ?? error.name);
const refused = await open({ auth: { token: 'not-the-token' } });
await readAll(refused).catch(note);
await refused.close();
const source = await open({ idleTimeout: '1s' });
await readAll(source, { ...stream, options: { ...stream.options, table: 'SALES.MART.NOTHING' } }).catch(note);
await readAll(source).catch(note);
await source.close();
process.stderr.write(JSON.stringify(told));
`;

const READ = `
import { Socket } from 'node:net';
const contacted = [];
const original = Socket.prototype.connect;
Socket.prototype.connect = function (...values) {
  const [first] = Array.isArray(values[0]) ? values[0] : values;
  contacted.push(first.host + ':' + first.port);
  return original.apply(this, values);
};
${SOURCE}
const source = await open();
const records = await readAll(source);
await source.close();
const native = process.report.getReport().sharedObjects.filter((path) => /snowflake|minicore/.test(path));
process.stderr.write(JSON.stringify({ records, contacted: [...new Set(contacted)], native }));
`;

describe('the Snowflake driver is disarmed', () => {
  test('it writes no log file and no line, contacts nothing but the account and lets the process end', async () => {
    const { stdout, stderr } = await run(READ);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toEqual({
      records: 1,
      contacted: [`127.0.0.1:${emulator.server.port}`],
      native: [],
    });
    expect(await readdir(folder)).toEqual([]);
    expect(emulator.server.requests.map((request) => request.path)).not.toContain('/telemetry/send');
  });

  test.each([
    ['in the home folder', (path: string) => ({ HOME: dirname(path) })],
    ['named by the environment', (path: string) => ({ SF_CLIENT_CONFIG_FILE: path })],
  ])('a client configuration %s does not switch its log on', async (_where, environment) => {
    const path = join(home, 'sf_client_config.json');
    const configuration = { common: { log_level: 'TRACE', log_path: folder } };
    await writeFile(path, JSON.stringify(configuration), { mode: 0o600 });
    const { stdout, stderr } = await run(READ, environment(path));
    expect(JSON.parse(stderr)).toMatchObject({ records: 1 });
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  test('a log-in that is refused, a statement that fails and a chunk that is cut leave no log either', async () => {
    await emulator.close();
    const many = Array.from({ length: 1000 }, (_, index) => ({ id: index + 1, minutesAgo: 5 }));
    emulator = await startSnowflakeEmulator({ tables: [usageTable(many)] });
    emulator.faults.truncatedChunk();
    const { stdout, stderr } = await run(FAIL);
    expect(JSON.parse(stderr)).toEqual(['SNOWFLAKE_LOGIN', 'SNOWFLAKE_OBJECT', 'TransientError']);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  test('no run in this checkout has left a log of the driver', () => {
    expect(existsSync(join(repository, 'snowflake.log'))).toBe(false);
  });

  test('a proxy of the environment is not asked for an account on this machine', async () => {
    const { stderr } = await run(READ, {
      http_proxy: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
    });
    expect(JSON.parse(stderr)).toMatchObject({ records: 1 });
  });

  test('loading the connector does not load the driver', async () => {
    const { stdout } = await run(`
      await import('${repository}/connectors/snowflake/index.ts');
      const { createRequire } = await import('node:module');
      console.log(Object.keys(createRequire('${repository}/package.json').cache ?? {}).filter((path) => path.includes('snowflake-sdk')).length);
    `);
    expect(stdout.trim()).toBe('0');
  });
});
