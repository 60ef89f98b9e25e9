import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RunReport } from '../../core/observe/report.ts';
import { prepareOwnData } from '../../examples/own-data/prepare.ts';
import { recordId } from '../../examples/demo-company/salesforce-id.ts';
import type { VerifyReport } from '../../sync/verify.ts';
import { root } from '../house/source-files.ts';
import { runCommand, startCommand, temporaryFolder, type Running } from './command.ts';

const folder = temporaryFolder();
const dotenv = join(folder.path, '.env');
let emulators: Running;
let control: string;

beforeAll(async () => {
  cpSync(join(root, 'connectors.config.yaml'), join(folder.path, 'connectors.config.yaml'));
  emulators = startCommand(['emulate', '--scale', '0.1', '--no-limits', '--dotenv', dotenv]);
  const out = await emulators.output(/export AZURE_SEARCH_API_KEY/);
  control = /(http:\/\/\S+)\/changes/.exec(out)![1]!;
});
afterAll(async () => {
  emulators.child.kill('SIGKILL');
  await emulators.finished;
  folder.remove();
});

/** A command in another shell, in a folder with a configuration and the `.env` that the emulators wrote. */
const say = (...argv: string[]) => runCommand(argv, { cwd: folder.path });
async function sync(): Promise<RunReport> {
  const { code, stdout, stderr } = await say('sync', '--json', '--no-progress');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as RunReport;
}
const post = async (path: string, body?: unknown, method = 'POST') => {
  const answer = await fetch(`${control}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

describe('tributary emulate, developed against from another shell', () => {
  it('writes an environment file for its owner alone, and the same to paste', async () => {
    expect(statSync(dotenv).mode & 0o777).toBe(0o600);
    expect(readFileSync(dotenv, 'utf8')).toContain('SNOWFLAKE_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\\n');
    const out = await emulators.output(/SALESFORCE_LOGIN_URL/);
    const pasted = spawnSync('sh', [
      '-c',
      `${out}\nexec "${process.execPath}" -p 'JSON.stringify(process.env)'`,
    ]);
    expect(JSON.parse(String(pasted.stdout))).toMatchObject(parseDotenv(readFileSync(dotenv)));
  });

  it('is found in order by check', async () => {
    const { code, stdout } = await say('check');
    expect([code, stdout]).toEqual([0, expect.stringContaining('All is in order')]);
  });

  it('is synced, changed, and synced again: exactly what the change touches', async () => {
    const first = await sync();
    const documents = first.kinds.reduce((sum, one) => sum + one.composed, 0);
    expect(documents).toBe(30);
    expect(first.destinations.map((one) => one.written)).toEqual([documents, documents]);

    const changed = await post('/changes');
    expect(changed.body['made']).toHaveLength(4);
    const second = await sync();
    expect(second.destinations.map((one) => [one.written, one.deleted])).toEqual([
      [6, 1],
      [6, 1],
    ]);
    expect((await sync()).destinations.map((one) => one.written + one.deleted)).toEqual([0, 0]);
  });

  it('takes changes of one’s own, and says what is wrong with one', async () => {
    expect((await post('/changes')).status).toBe(400);
    const bad = await post('/changes', [
      { source: 'salesforce', table: 'Nothing', action: 'delete', key: '1' },
    ]);
    expect(bad).toMatchObject({ status: 400, body: { error: expect.stringContaining('Nothing') } });
    const good = await post('/changes', [
      {
        source: 'salesforce',
        table: 'Account',
        action: 'update',
        key: recordId('Account', 0),
        fields: { NumberOfEmployees: 1300 },
        what: 'a customer has grown',
      },
    ]);
    expect(good).toMatchObject({ status: 200, body: { made: ['a customer has grown'] } });
  });

  it('goes wrong on purpose; what one sync could not bring, the next one brings', async () => {
    expect((await post('/faults', ['azure:503:2', 'bedrock:429:2', 'salesforce:cut:1'])).status).toBe(200);
    expect((await post('/faults', ['azure:teapot'])).status).toBe(400);
    const hindered = await say('sync', '--json', '--no-progress');
    expect([0, 1]).toContain(hindered.code);
    await post('/faults', undefined, 'DELETE');
    const next = await sync();
    const written = [JSON.parse(hindered.stdout) as RunReport, next].map((report) =>
      report.destinations.map((one) => one.written),
    );
    expect([0, 1].map((at) => written[0]![at]! + written[1]![at]!)).toEqual([1, 1]);
    const { code, stdout } = await say('verify', '--json');
    expect([code, (JSON.parse(stdout) as VerifyReport).divergent]).toEqual([0, 0]);
  });

  it('takes the environment file away when it ends', async () => {
    emulators.child.kill('SIGINT');
    expect((await emulators.finished).code).toBe(130);
    expect(existsSync(dotenv)).toBe(false);
  });
});

describe('data of one’s own, without a configuration', () => {
  it('gets one from init, which asks the emulators what the files hold', async () => {
    const own = join(folder.path, 'own');
    await prepareOwnData(own);
    rmSync(join(own, 'connectors.config.yaml'));
    const running = startCommand(['emulate', '--data', own, '--dotenv', join(own, '.env')]);
    onTestFinished(() => void running.child.kill());
    await running.output(/export AZURE_SEARCH_API_KEY/);
    const init = await runCommand(['init', '--yes', '--namespace', 'own'], { cwd: own });
    expect([init.code, init.stderr]).toEqual([0, '']);
    expect(readFileSync(join(own, 'connectors.config.yaml'), 'utf8')).toContain('- LIFE_EXPECTANCY');
    const check = await runCommand(['check'], { cwd: own });
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('All is in order')]);
  });
});

describe('tributary emulate', () => {
  it('serves only what is named, from the port that is given', async () => {
    const azure = await freePair();
    const argv = ['emulate', 'azure', '--port', String(azure - 4)];
    const one = startCommand([...argv, '--json']);
    onTestFinished(() => void one.child.kill('SIGKILL'));
    const out = await one.output(/\n}\n/);
    expect(JSON.parse(out)).toEqual({
      services: { azure: `http://127.0.0.1:${azure}` },
      control: `http://127.0.0.1:${azure + 1}`,
      env: { AZURE_SEARCH_ENDPOINT: `http://127.0.0.1:${azure}`, AZURE_SEARCH_API_KEY: 'emulator-key' },
    });
    const second = await runCommand(argv);
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining(`port ${azure} is in use`)]);
    one.child.kill('SIGTERM');
    expect((await one.finished).code).toBe(143);
  });

  it('leaves a .env of somebody’s own alone', async () => {
    const own = join(folder.path, 'connectors.config.yaml');
    const before = readFileSync(own, 'utf8');
    const { code, stderr } = await runCommand(['emulate', 'azure', '--dotenv', own]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('FILE_EXISTS')]);
    expect(readFileSync(own, 'utf8')).toBe(before);
  });

  it.each([
    [['emulate', 'oracle'], /SERVICE_UNKNOWN.*\n.*salesforce, snowflake, bedrock, azure/],
    [['emulate', '--fault', 'azure:503:0'], /FAULT_INVALID/],
    [['emulate', 'azure', '--fault', 'bedrock:503'], /bedrock is not emulated here/],
  ])('says what is wrong with %j', async (argv, says) => {
    const { code, stdout, stderr } = await runCommand(argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(says);
  });
});

/** The first of two free ports in a row, below those that systems hand out to anybody who asks for any. */
async function freePair(): Promise<number> {
  for (let port = 21_000 + (process.pid % 4000) * 2; port < 32_000; port += 2) {
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error('no two free ports in a row');
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
