import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startBedrockEmulator } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Registry } from '../../../core/config/config.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import { createTestClock, modelSource } from '../../../core/testing/index.ts';
import { createTributary } from '../../../sync/tributary.ts';
import { isVerified } from '../../../sync/verify.ts';

const accounts = 24;
const yaml = `
namespace: acme
sources: { crm: { type: model, streams: { Account: { fields: [Id, Name, Story] } } } }
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
      dataSourceId: "\${BEDROCK_S3_DATA_SOURCE_ID}"
      endpoint: "\${BEDROCK_S3_ENDPOINT}"
      from: 3
      jobFrom: 4
kinds:
  account:
    from: crm.Account
    title: "{{Name}}"
    body: "{{Name}} says: {{Story}}"
    access: { everyone: the data of the test is not secret }
pipelines: { all: { kinds: [account], destinations: [knowledge] } }
`;

/** A first load and a round of changes, either of which dies at one request of its own; then ordinary runs. */
async function live(atRequest: number, how: 'cut-before' | 'cut-after', dies: 'load' | 'changes') {
  const clock = createTestClock();
  const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  const emulator = await startBedrockEmulator({ s3: true, now: clock.now });
  const row = (n: number, story: string) => ({ Id: `a${n}`, Name: `Account ${n}`, Story: story });
  const crm = modelSource({
    clock,
    fields: { Account: ['Id', 'Name', 'Story'] },
    streams: {
      Account: Object.fromEntries(Array.from({ length: accounts }, (_, n) => [`a${n}`, row(n, 'Hello.')])),
    },
  });
  const registry: Registry = {
    sources: { model: async () => crm.connector as never },
    destinations: { 'bedrock-knowledge-base': async () => bedrockKnowledgeBase as never },
  };
  const run = async (signal?: AbortSignal) => {
    const config = await parseConfig(yaml, registry, { env: emulator.env, folder });
    const options = { config, registry, now: clock.now, sleep: clock.sleep };
    const tributary = await createTributary({ ...options, ...(signal ? { signal } : {}) });
    await tributary.sync().catch(() => undefined);
    const verified = signal ? undefined : await tributary.verify();
    await tributary.close();
    return verified;
  };
  const die = async (): Promise<boolean> => {
    const controller = new AbortController();
    let seen = 0;
    const when = (): boolean => ++seen === atRequest && (controller.abort(), true);
    const faults = [emulator.server, emulator.s3!.server].map((server) =>
      server.fault({ when, effect: { kind: how } }),
    );
    await run(controller.signal);
    for (const switchOff of faults) switchOff();
    clock.advance(60_000);
    return controller.signal.aborted;
  };
  try {
    if (dies === 'changes') await run();
    const died = dies === 'load' && (await die());
    for (const n of [3, 4, 5, 6, 7]) crm.put('Account', `a${n}`, row(n, 'News.'));
    crm.remove('Account', 'a8');
    const diedLater = dies === 'changes' && (await die());
    await run();
    const verified = await run();
    const texts = emulator
      .sources()
      .flatMap(({ store }) => [...store.all()].flatMap(({ id }) => store.get(id)?.live ?? []));
    const ids = texts.map(({ metadata }) => String(metadata['doc_id']));
    return {
      died: died || diedLater,
      verified: isVerified(verified!),
      twice: ids.length - new Set(ids).size,
      documents: ids.length,
      news: texts.filter(({ text }) => text.includes('News.')).length,
      withoutMetadata: ids.filter((id) => id === 'undefined').length,
    };
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `REQUEST_STEP=1` lets a process die at every request. */
const step = Number(process.env['REQUEST_STEP'] ?? 13);

test.each([
  ['a first load', 'load', 6, 75],
  ['changes', 'changes', 9, 42],
] as const)(
  'a process that dies at any request of %s is followed by ordinary runs: every document stands once, in its last form',
  async (_, dies, first, last) => {
    let deaths = 0;
    for (let atRequest = first; atRequest < last; atRequest += step) {
      const how = Math.floor(atRequest / 2) % 2 === 0 ? 'cut-before' : 'cut-after';
      const { died, ...found } = await live(atRequest, how, dies);
      if (died) deaths++;
      const expected = { verified: true, twice: 0, documents: accounts - 1, news: 5, withoutMetadata: 0 };
      expect({ atRequest, how, ...found }).toEqual({ atRequest, how, ...expected });
    }
    expect(deaths).toBeGreaterThan(1);
  },
  900_000,
);
