import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import { bedrockConfig, type BedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import {
  startBedrockEmulator,
  type BedrockEmulator,
  type BedrockEmulatorOptions,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { defaultTimings } from '../../../connectors/bedrock-knowledge-base/emulator/switches.ts';
import type {
  AcceptedChange,
  Destination,
  Outcome,
  Verdict,
  WriteChange,
} from '../../../core/contract/destination.ts';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import type { Json } from '../../../core/contract/json.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import { createRecordingLog, createTestContext, type RecordingLog } from '../../../core/testing/context.ts';
import { createTestDocument, testFingerprint } from '../../../core/testing/test-document.ts';

export interface Bench {
  readonly emulator: BedrockEmulator;
  readonly clock: TestClock;
  readonly log: RecordingLog;
  readonly destination: Destination;
  reopen(
    options?: {
      installation?: string;
      slot?: string | undefined;
      signal?: AbortSignal;
      sleep?: (ms: number) => Promise<void>;
    } & Partial<Record<keyof BedrockConfig, unknown>>,
  ): Promise<Destination>;
  close(): Promise<void>;
}

/** An emulator and a destination on one clock that only sleeping and `advance` move. */
export async function openBench(
  emulatorOptions: BedrockEmulatorOptions = {},
  settings: Partial<Record<keyof BedrockConfig, unknown>> = {},
): Promise<Bench> {
  const clock = createTestClock();
  const log = createRecordingLog();
  const emulator = await startBedrockEmulator({
    now: clock.now,
    timings: defaultTimings,
    ...emulatorOptions,
  });
  const opened: Destination[] = [];
  const reopen: Bench['reopen'] = async ({ installation, slot, signal, sleep, ...more } = {}) => {
    const context = {
      ...createTestContext({ name: 'knowledge', clock, log, ...(signal ? { signal } : {}) }),
      ...(installation === undefined ? {} : { installation }),
      ...(sleep === undefined ? {} : { sleep }),
    };
    const destination = await bedrockKnowledgeBase.create(
      bedrockConfig.parse({ ...settingsOf(emulator), ...settings, ...more }),
      context,
      slot,
    );
    opened.push(destination);
    return destination;
  };
  return {
    emulator,
    clock,
    log,
    destination: await reopen(),
    reopen,
    async close() {
      for (const one of opened) await one.close?.();
      await emulator.close();
    },
  };
}

export const settingsOf = ({ env }: BedrockEmulator): Record<string, unknown> => ({
  region: env['AWS_REGION'],
  knowledgeBaseId: env['BEDROCK_KNOWLEDGE_BASE_ID'],
  dataSourceId: env['BEDROCK_DATA_SOURCE_ID'],
  endpoint: env['BEDROCK_ENDPOINT'],
  runtimeEndpoint: env['BEDROCK_RUNTIME_ENDPOINT'],
  credentials: { accessKeyId: env['AWS_ACCESS_KEY_ID'], secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] },
});

/** The emulator's second knowledge base, as a slot. */
export const secondBase = { slots: [{ knowledgeBaseId: 'KBTRIBUT02', dataSourceId: 'DSTRIBUT02' }] };

export const writeOf = (
  document: BusinessDocument,
  before: { receipt?: Json; addresses?: readonly string[] } = {},
): WriteChange => ({
  action: 'write',
  id: document.id,
  document,
  fingerprint: testFingerprint(document),
  addresses: before.addresses ?? [],
  ...(before.receipt === undefined ? {} : { receipt: before.receipt }),
});

export const writesOf = (...keys: string[]): WriteChange[] =>
  keys.map((key) => writeOf(createTestDocument(key)));

/** The accepted change of an outcome; fails when it was not accepted. */
export function acceptedOf(
  change: { id: string; action: 'write' | 'delete' },
  outcome?: Outcome,
): AcceptedChange {
  if (outcome?.status !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return { id: change.id, action: change.action, receipt: outcome.receipt };
}

/** Asks every `everyMs` on the clock until the change is decided, and gives every verdict. */
export async function confirmAll(
  bench: Bench,
  destination: Destination,
  change: AcceptedChange,
  options: { everyMs?: number; maxAsks?: number } = {},
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  let asked = change;
  for (let ask = 0; ask < (options.maxAsks ?? 400); ask++) {
    const [verdict] = (await destination.confirm?.([asked])) ?? [];
    if (!verdict) throw new Error('no verdict');
    verdicts.push(verdict);
    if (verdict.status !== 'waiting') break;
    asked = { ...asked, receipt: verdict.receipt ?? asked.receipt };
    bench.clock.advance(options.everyMs ?? 500);
  }
  return verdicts;
}

/** Writes one document and waits for its verdict. */
export async function settle(bench: Bench, change: WriteChange): Promise<Verdict | undefined> {
  const [outcome] = await bench.destination.write([change]);
  return (await confirmAll(bench, bench.destination, acceptedOf(change, outcome))).at(-1);
}
