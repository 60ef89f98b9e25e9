import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../connectors/azure-ai-search/emulator/index.ts';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { startSalesforceEmulator } from '../../connectors/salesforce/emulator/index.ts';
import { startSnowflakeEmulator } from '../../connectors/snowflake/emulator/index.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { generateDemoCompany } from '../../examples/demo-company/generate.ts';
import { root } from '../house/source-files.ts';
import { startCommand, type Running } from './command.ts';

const company = generateDemoCompany({ scale: 0.2 });
let sources: { readonly env: Readonly<Record<string, string>>; close(): Promise<void> }[];
let bedrock: BedrockEmulator;
let azure: AzureAiSearchEmulator;
let folder: string;

beforeAll(async () => {
  sources = [
    await startSalesforceEmulator({ tables: company.salesforce }),
    await startSnowflakeEmulator({ tables: company.snowflake }),
  ];
});
afterAll(async () => {
  for (const one of sources) await one.close();
});
beforeEach(async () => {
  bedrock = await startBedrockEmulator({ limits: false });
  azure = await startAzureAiSearchEmulator();
  folder = mkdtempSync(join(tmpdir(), 'tributary-cli-'));
  copyFileSync(join(root, 'connectors.config.yaml'), join(folder, 'connectors.config.yaml'));
});
afterEach(async () => {
  await bedrock.close();
  await azure.close();
  rmSync(folder, { recursive: true, force: true });
});

const start = (...argv: string[]): Running => {
  const env = Object.assign({}, ...[...sources, bedrock, azure].map((one) => one.env)) as Record<
    string,
    string
  >;
  return startCommand(argv, { cwd: folder, env });
};

/** Resolves when Azure has been asked to write: a run is in the middle of its work. */
async function untilWriting(): Promise<void> {
  while (!azure.server.requests.some((one) => one.path.includes('index')))
    await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the command line as a process', () => {
  it('gives one JSON document on stdout, and nothing a second time when nothing has changed', async () => {
    const first = await start('sync', '--json').finished;
    expect([first.code, first.stderr.includes('salesforce.Account:')]).toEqual([0, true]);
    const held = (JSON.parse(first.stdout) as RunReport).destinations.map((one) => one.held);
    expect(held[0]).toBe(held[1]);
    const again = JSON.parse((await start('sync', '--json', '--no-progress').finished).stdout) as RunReport;
    expect(again.destinations.map((one) => one.written)).toEqual([0, 0]);
  });

  it('stops at SIGTERM with 143 and a report; the next run brings everything there', async () => {
    const running = start('sync', '--json');
    await untilWriting();
    running.child.kill('SIGTERM');
    const { code, stdout, stderr } = await running.finished;
    expect(code).toBe(143);
    expect(stderr).toContain('SIGTERM: finishing what is under way');
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
    expect((await start('sync').finished).code).toBe(0);
    const verified = await start('verify', '--json').finished;
    expect([verified.code, JSON.parse(verified.stdout)]).toEqual([
      0,
      expect.objectContaining({ verified: true, divergent: 0 }),
    ]);
  });

  it('ends at once at a second signal, and a run afterwards repairs what that left open', async () => {
    const release = azure.server.fault({ when: (one) => one.method === 'POST', effect: { kind: 'stall' } });
    const running = start('sync');
    await untilWriting();
    running.child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    running.child.kill('SIGINT');
    expect((await running.finished).code).toBe(130);
    release();
    expect((await start('sync').finished).code).toBe(0);
    expect((await start('verify').finished).code).toBe(0);
  });

  it('serves schedules until SIGTERM, and runs each once with --once', async () => {
    const serving = start('serve', '--log-format', 'json');
    await new Promise<void>((resolve) => {
      serving.child.stderr!.on('data', (text: string) => {
        if (text.includes('next run at')) resolve();
      });
    });
    serving.child.kill('SIGTERM');
    expect((await serving.finished).code).toBe(143);
    const once = await start('serve', '--once').finished;
    expect(once.code).toBe(0);
    expect(once.stderr).toMatch(/customer-knowledge: \d+ read, \d+ written, 0 deleted, in /);
  });
});
