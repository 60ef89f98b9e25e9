import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
  type SnowflakeEmulatorOptions,
} from '../../../connectors/snowflake/emulator/index.ts';
import { snowflake } from '../../../connectors/snowflake/index.ts';
import { openCatalog } from '../../../core/catalog/index.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import type { RunReport } from '../../../core/observe/report.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import { createRecordingLog } from '../../../core/testing/context.ts';
import { modelDestination } from '../../../core/testing/model-destination.ts';
import { runOnce } from '../../../sync/run.ts';
import { openWorld } from '../../../sync/world.ts';

/** The engine over one emulated account and a model destination, in one process from run to run, as `serve` has it. */
export interface EngineBench {
  readonly emulator: SnowflakeEmulator;
  readonly clock: TestClock;
  sync(): Promise<RunReport>;
  /** As when a stream has another shape than before. */
  readFromTheStart(stream: string): void;
  /** Bodies that the destination holds. */
  held(): string[];
  close(): Promise<void>;
}

/** `settings` stand below the source, `streams` below `streams:`; a kind is made of every stream that has ID and USERS. */
export async function openEngineBench(options: {
  readonly emulator: SnowflakeEmulatorOptions;
  readonly settings?: readonly string[];
  readonly streams: Readonly<Record<string, string>>;
  /** What each statement takes by the account's clock. */
  readonly statementMs?: number;
  /** Called before each statement is run. */
  readonly before?: (emulator: SnowflakeEmulator, sql: string) => void;
}): Promise<EngineBench> {
  const clock = createTestClock();
  const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  const plane = modelDestination({ type: 'model' });
  const emulator = await startSnowflakeEmulator({ now: clock.now, ...options.emulator });
  emulator.server.fault({
    when(request) {
      if (!request.path.includes('query-request')) return false;
      options.before?.(emulator, (JSON.parse(request.body.toString()) as { sqlText: string }).sqlText);
      return true;
    },
    effect: {
      kind: 'change',
      change(reply) {
        clock.advance(options.statementMs ?? 0);
        return reply;
      },
    },
  });
  const names = Object.keys(options.streams);
  const yaml = `
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
    ${(options.settings ?? []).join('\n    ')}
    streams:
${names.map((name) => `      ${name}: ${options.streams[name]}`).join('\n')}
destinations:
  plane: { type: model, plane: stateful }
kinds:
${names.map((name) => `  ${name}: { from: warehouse.${name}, title: '${name} {{ID}}', body: '{{ID}} has {{USERS}} users', access: { everyone: 'figures that the whole company may see' } }`).join('\n')}
pipelines:
  main: { kinds: [${names.join(', ')}], destinations: [plane] }
`;
  const registry = {
    sources: { snowflake: async () => snowflake as never },
    destinations: { model: async () => plane.connector as never },
  };
  const world = openWorld({
    config: await parseConfig(yaml, registry, { env: emulator.env, folder }),
    catalog: openCatalog(join(folder, 'catalog.sqlite'), clock.now),
    log: createRecordingLog(),
    signal: new AbortController().signal,
    observe: () => undefined,
    now: clock.now,
    sleep: clock.sleep,
  });
  return {
    emulator,
    clock,
    sync: () => runOnce(world, {}),
    readFromTheStart(stream) {
      const lease = world.catalog.leases.acquire([`stream:${stream}`]);
      if ('heldBy' in lease) throw new Error(`${lease.name} is held by ${lease.heldBy}`);
      world.catalog.streams.reshape(lease, stream, 'another shape');
      world.catalog.leases.release(lease);
    },
    held: () => [...plane.held().values()].map((one) => one.document!.body.trim()).sort(),
    async close() {
      await world.close();
      world.catalog.close();
      await emulator.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
