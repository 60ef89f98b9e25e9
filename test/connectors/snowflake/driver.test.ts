import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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

const READ = `
import { Socket } from 'node:net';
const contacted = [];
const original = Socket.prototype.connect;
Socket.prototype.connect = function (...values) {
  const [first] = Array.isArray(values[0]) ? values[0] : values;
  contacted.push(first.host + ':' + first.port);
  return original.apply(this, values);
};
const { snowflake } = await import('${repository}/connectors/snowflake/index.ts');
const { createTestContext } = await import('${repository}/core/testing/context.ts');
const env = process.env;
const config = snowflake.config.parse({
  account: env.SNOWFLAKE_ACCOUNT, accessUrl: env.SNOWFLAKE_ACCESS_URL, user: env.SNOWFLAKE_USER, role: env.SNOWFLAKE_ROLE,
  warehouse: env.SNOWFLAKE_WAREHOUSE, database: env.SNOWFLAKE_DATABASE, auth: { privateKey: env.SNOWFLAKE_PRIVATE_KEY },
});
const source = await snowflake.create(config, createTestContext());
const stream = { name: 'usage', fields: ['ID'], options: { table: 'SALES.MART.USAGE', key: ['ID'] } };
let records = 0;
for await (const page of source.read({ stream, from: undefined, signal: new AbortController().signal })) records += page.records.length;
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

  test('a client configuration in the home folder does not switch its log on', async () => {
    const configuration = { common: { log_level: 'TRACE', log_path: folder } };
    await writeFile(join(home, 'sf_client_config.json'), JSON.stringify(configuration), { mode: 0o600 });
    const { stdout, stderr } = await run(READ);
    expect(JSON.parse(stderr)).toMatchObject({ records: 1 });
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
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
