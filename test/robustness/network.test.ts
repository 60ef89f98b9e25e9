import dns from 'node:dns';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startAzureAiSearchEmulator } from '../../connectors/azure-ai-search/emulator/index.ts';
import { startBedrockEmulator } from '../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { startSalesforceEmulator } from '../../connectors/salesforce/emulator/index.ts';
import { startSnowflakeEmulator } from '../../connectors/snowflake/emulator/index.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { generateDemoCompany } from '../../examples/demo-company/generate.ts';
import { reportExitCode } from '../../sync/commands/exit-codes.ts';
import { createTributary } from '../../sync/tributary.ts';
import { root } from '../house/source-files.ts';

const company = generateDemoCompany({ scale: 0.1 });
type Env = Readonly<Record<string, string>>;
let sources: { readonly env: Env; close(): Promise<void> }[];
let planes: { readonly env: Env; close(): Promise<void> }[];
let folder: string;
/** Takes connections and never answers: what a firewall, or a host that has lost its network, looks like. */
let silent: { readonly url: string; close(): Promise<void> };

beforeAll(async () => {
  sources = [
    await startSalesforceEmulator({ tables: company.salesforce, limits: false }),
    await startSnowflakeEmulator({ tables: company.snowflake }),
  ];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  silent = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
});
afterAll(async () => {
  for (const one of [...sources, silent]) await one.close();
});

const lookup = dns.lookup;
beforeEach(async () => {
  planes = [await startBedrockEmulator({ limits: false }), await startAzureAiSearchEmulator()];
  // The AWS SDK looks for credentials in the process.
  for (const [name, value] of Object.entries(planes[0]!.env)) if (/^AWS/.test(name)) vi.stubEnv(name, value);
  folder = mkdtempSync(join(tmpdir(), 'tributary-network-'));
  const yaml = readFileSync(join(root, 'connectors.config.yaml'), 'utf8');
  const impatient = yaml.replace(
    /^( +)type: (azure-ai-search|bedrock-knowledge-base)$/gm,
    '$&\n$1requestTimeout: 300ms',
  );
  expect(impatient.match(/requestTimeout/g)).toHaveLength(2);
  writeFileSync(join(folder, 'connectors.config.yaml'), impatient);
});
afterEach(async () => {
  dns.lookup = lookup;
  vi.unstubAllEnvs();
  for (const one of planes) await one.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A run whose pauses are cut short. */
async function sync(more: Env = {}): Promise<RunReport> {
  const env = Object.assign({}, ...[...sources, ...planes].map((one) => one.env), more) as Env;
  const tributary = await createTributary({
    config: join(folder, 'connectors.config.yaml'),
    env,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 20))),
  });
  try {
    return await tributary.sync();
  } finally {
    await tributary.close();
  }
}

/** An ordinary run afterwards: nothing is left open, and both planes hold the same. */
async function expectRight(): Promise<void> {
  const report = await sync();
  expect(report.destinations.map((one) => [one.error, one.pending, one.deferred])).toEqual([
    [undefined, 0, 0],
    [undefined, 0, 0],
  ]);
  const [one, other] = report.destinations.map((slot) => slot.held);
  expect(one).toBeGreaterThan(0);
  expect(other).toBe(one);
}

describe('a service that takes the connection and never answers', () => {
  it.each([
    ['bedrock', { BEDROCK_ENDPOINT: '' }],
    ['azure', { AZURE_SEARCH_ENDPOINT: '' }],
  ])('holds back %s alone, for its time-outs, and the next run brings the rest', async (name, setting) => {
    const report = await sync(Object.fromEntries(Object.keys(setting).map((key) => [key, silent.url])));
    const [halted] = report.destinations.filter((one) => one.destination === name);
    const [sound] = report.destinations.filter((one) => one.destination !== name);
    expect(halted?.error).toMatchObject({ next: 'wait' });
    expect(halted?.error?.message).not.toMatch(/\n|undefined/);
    expect(reportExitCode(report)).toBe(1);
    expect([sound?.error, sound?.deferred]).toEqual([undefined, 0]);
    await expectRight();
  });
});

describe('a host whose name nobody knows', () => {
  const nowhere = 'nowhere.invalid';
  it.each([
    ['azure', 'AZURE_SEARCH_ENDPOINT', 'ENOTFOUND'],
    ['azure', 'AZURE_SEARCH_ENDPOINT', 'EAI_AGAIN'],
    ['bedrock', 'BEDROCK_ENDPOINT', 'ENOTFOUND'],
    ['salesforce', 'SALESFORCE_LOGIN_URL', 'ENOTFOUND'],
  ])('ends %s (%s, %s) in words, and the next run has everything', async (name, setting, code) => {
    dns.lookup = ((host: string, options: unknown, done: (error: Error) => void) => {
      if (host !== nowhere) return lookup(host, options as never, done as never);
      done(Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo' }));
    }) as typeof dns.lookup;
    const outcome = await sync({ [setting]: `https://${nowhere}` }).catch((error: Error) => error);
    if (outcome instanceof Error) expect(outcome.name).toMatch(/^(ConfigError|TransientError)$/);
    else {
      const failed = [...outcome.streams, ...outcome.destinations].filter((one) => one.error);
      expect(failed.map((one) => one.error?.next)).not.toContain('bug');
      expect(failed.map((one) => ('stream' in one ? one.stream : one.destination)).join()).toContain(name);
      expect([1, 2]).toContain(reportExitCode(outcome));
    }
    dns.lookup = lookup;
    await expectRight();
  });
});
