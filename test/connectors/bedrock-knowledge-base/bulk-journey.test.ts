import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Registry } from '../../../core/config/config.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import { createRecordingLog, createTestClock, modelSource } from '../../../core/testing/index.ts';
import { createTributary, type Tributary } from '../../../sync/tributary.ts';
import { isVerified } from '../../../sync/verify.ts';

const accounts = 260;
const yaml = `
namespace: acme
sources:
  crm:
    type: model
    streams: { Account: { fields: [Id, Name, Story] } }
destinations:
  knowledge:
    type: bedrock-knowledge-base
    plane: stateful
    region: "\${AWS_REGION}"
    knowledgeBaseId: "\${BEDROCK_KNOWLEDGE_BASE_ID}"
    dataSourceId: "\${BEDROCK_DATA_SOURCE_ID}"
    endpoint: "\${BEDROCK_ENDPOINT}"
    runtimeEndpoint: "\${BEDROCK_RUNTIME_ENDPOINT}"
    credentials: { accessKeyId: "\${AWS_ACCESS_KEY_ID}", secretAccessKey: "\${AWS_SECRET_ACCESS_KEY}" }
    bulk:
      bucket: "\${BEDROCK_S3_BUCKET}"
      prefix: "\${BEDROCK_S3_PREFIX}"
      dataSourceId: "\${BEDROCK_S3_DATA_SOURCE_ID}"
      endpoint: "\${BEDROCK_S3_ENDPOINT}"
      from: 100
      jobFrom: 20
kinds:
  account:
    from: crm.Account
    title: "{{Name}}"
    body: "{{Name}} says: {{Story}}"
    access: { everyone: the data of the test is not secret }
pipelines:
  all: { kinds: [account], destinations: [knowledge] }
`;

let emulator: BedrockEmulator;
let folder: string;
const clock = createTestClock();
const log = createRecordingLog();
const row = (n: number, story = 'Hello.') => ({ Id: `a${n}`, Name: `Account ${n}`, Story: story });
const crm = modelSource({
  clock,
  pageSize: 100,
  fields: { Account: ['Id', 'Name', 'Story'] },
  streams: { Account: Object.fromEntries(Array.from({ length: accounts }, (_, n) => [`a${n}`, row(n)])) },
});
const registry: Registry = {
  sources: { model: async () => crm.connector as never },
  destinations: { 'bedrock-knowledge-base': async () => bedrockKnowledgeBase as never },
};
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  emulator = await startBedrockEmulator({ s3: true, now: clock.now });
});
afterEach(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A process of its own: the catalog is all that it knows. */
async function inProcess<T>(work: (tributary: Tributary) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const config = await parseConfig(yaml, registry, { env: emulator.env, folder });
  const tributary = await createTributary({
    config,
    registry,
    log,
    now: clock.now,
    sleep: clock.sleep,
    ...(signal ? { signal } : {}),
  });
  try {
    return await work(tributary);
  } finally {
    await tributary.close();
  }
}
const standing = (): { direct: number; s3: number; twice: number } => {
  const ids = new Map<string, number>();
  const counts = { direct: 0, s3: 0, twice: 0 };
  for (const { objects, store } of emulator.sources())
    for (const { id } of store.all()) {
      const live = store.get(id)?.live;
      if (!live) continue;
      counts[objects ? 's3' : 'direct']++;
      const document = String(live.metadata['doc_id']);
      if (ids.has(document)) counts.twice++;
      ids.set(document, 1);
    }
  return counts;
};
const changesAsked = (): number =>
  [...emulator.server.requests, ...emulator.s3!.server.requests].filter(
    ({ method, path }) => method === 'PUT' || method === 'DELETE' || /deleteDocuments$/.test(path),
  ).length;

test('a first load by way of S3, small changes, a deletion, a repair: the knowledge base follows, and says so', async () => {
  const plan = await inProcess((tributary) => tributary.plan());
  expect(plan.destinations[0]).toMatchObject({ create: accounts, road: expect.stringContaining('s3://') });

  const first = await inProcess((tributary) => tributary.sync());
  expect(first.destinations[0]).toMatchObject({ considered: accounts, written: accounts, pending: 0 });
  const { direct, s3, twice } = standing();
  expect({ all: direct + s3, twice }).toEqual({ all: accounts, twice: 0 });
  expect(s3).toBeGreaterThan(accounts - 100);

  const before = changesAsked();
  const second = await inProcess((tributary) => tributary.sync());
  expect(second.destinations[0]).toMatchObject({ considered: 0, written: 0 });
  expect(changesAsked()).toBe(before);

  crm.put('Account', 'a250', row(250, 'Something new has happened.'));
  crm.remove('Account', 'a251');
  const third = await inProcess((tributary) => tributary.sync());
  expect(third.destinations[0]).toMatchObject({ written: 1, deleted: 1, pending: 0 });
  expect(
    [...emulator.documents().values()].filter(({ text }) => text.includes('Something new')),
  ).toHaveLength(1);
  expect(standing()).toEqual({ direct, s3: s3 - 1, twice: 0 });

  const verified = await inProcess((tributary) => tributary.verify());
  expect(isVerified(verified)).toBe(true);

  const [lost, orphaned] = emulator.s3!.bucket.all('').filter(({ key }) => key.endsWith('.md'));
  emulator.s3!.bucket.remove(lost!.key);
  emulator.s3!.bucket.put(orphaned!.key.replace(/[^/]+$/, 'nobody.md'), orphaned!.body);
  const broken = await inProcess((tributary) => tributary.verify({ repair: true }));
  expect(broken.destinations[0]).toMatchObject({ missingCount: 1, unexpectedCount: 1 });
  expect(broken.repaired!.destinations[0]).toMatchObject({ written: 1, deleted: 1, pending: 0 });
  expect(isVerified(await inProcess((tributary) => tributary.verify()))).toBe(true);

  const [answer] = await inProcess((tributary) => tributary.ask('Something new'));
  expect(answer).toMatchObject({ hits: [expect.objectContaining({ title: 'Account 250' })] });
});

test('a run that is stopped anywhere in a large load is finished by the next ones, and nothing stands twice', async () => {
  for (const requests of [30, 200, 150]) {
    const controller = new AbortController();
    let seen = 0;
    const stop = emulator.s3!.server.fault({
      when: () => ++seen === requests && (controller.abort(), false),
      effect: { kind: 'stall' },
    });
    await inProcess((tributary) => tributary.sync(), controller.signal).catch(() => undefined);
    stop();
    expect(controller.signal.aborted).toBe(true);
  }
  for (let run = 0; run < 3; run++) await inProcess((tributary) => tributary.sync());
  expect(standing()).toMatchObject({ twice: 0 });
  const verified = await inProcess((tributary) => tributary.verify());
  expect(verified.divergentIds).toEqual([]);
  expect(isVerified(verified)).toBe(true);
});
