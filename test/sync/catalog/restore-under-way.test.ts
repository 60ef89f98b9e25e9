import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { bedrockKnowledgeBase } from '../../../connectors/bedrock-knowledge-base/index.ts';
import type { Registry } from '../../../core/config/config.ts';
import { parseConfig } from '../../../core/config/load-config.ts';
import { createTestClock, modelSource } from '../../../core/testing/index.ts';
import { createTributary, type Tributary } from '../../../sync/tributary.ts';

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
kinds:
  account:
    from: crm.Account
    title: "{{Name}}"
    body: "{{Story}}"
    access: { everyone: the data of the test is not secret }
pipelines:
  all: { kinds: [account], destinations: [knowledge] }
`;

describe('a backup that was made while a service was at work on changes', () => {
  const clock = createTestClock();
  const row = (id: string, Story: string) => ({ Id: id, Name: `Account ${id}`, Story });
  const crm = modelSource({
    clock,
    fields: { Account: ['Id', 'Name', 'Story'] },
    streams: {
      Account: Object.fromEntries(['a1', 'a2', 'a3'].map((id) => [id, row(id, 'The first story.')])),
    },
  });
  const registry: Registry = {
    sources: { model: async () => crm.connector as never },
    destinations: { 'bedrock-knowledge-base': async () => bedrockKnowledgeBase as never },
  };
  let bedrock: BedrockEmulator;
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    bedrock = await startBedrockEmulator({ now: clock.now });
  });
  afterEach(async () => {
    await bedrock.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function inProcess<T>(work: (tributary: Tributary) => Promise<T> | T): Promise<T> {
    const config = await parseConfig(yaml, registry, { env: bedrock.env, folder });
    const tributary = await createTributary({ config, registry, now: clock.now, sleep: clock.sleep });
    try {
      return await work(tributary);
    } finally {
      await tributary.close();
    }
  }
  const sync = (options = {}) => inProcess((tributary) => tributary.sync(options));
  const stories = (): Record<string, string> =>
    Object.fromEntries(
      [...bedrock.documents()].map(([id, { text }]) => [
        id.split(':').at(-1)!,
        /The \w+ story/.exec(text)![0],
      ]),
    );

  it('does not vouch for them: a later text of another process would pass for the one that was under way', async () => {
    await sync();
    crm.put('Account', 'a1', row('a1', 'The second story.'));
    crm.remove('Account', 'a2');
    const { timings } = bedrock.switches;
    bedrock.switches.timings = { ...timings, indexedMs: [60_000, 60_000], deletedMs: [60_000, 60_000] };
    const stopped = await sync({ patienceMs: 0 });
    expect(stopped.destinations[0]!.pending).toBe(2);
    const file = join(folder, 'backup.sqlite');
    await inProcess((tributary) => tributary.catalog.backup(file));
    bedrock.switches.timings = timings;
    clock.advance(60_000);
    await sync();
    expect(stories()).toEqual({ a1: 'The second story', a3: 'The first story' });

    crm.put('Account', 'a1', row('a1', 'The third story.'));
    crm.put('Account', 'a2', row('a2', 'The third story.'));
    await sync();
    expect(stories()).toEqual({ a1: 'The third story', a2: 'The third story', a3: 'The first story' });
    crm.put('Account', 'a1', row('a1', 'The second story.'));
    crm.remove('Account', 'a2');
    const { run } = await inProcess((tributary) => tributary.catalog.restore(file, { force: true }));
    expect(run!.destinations[0]).toMatchObject({ written: 2, deleted: 1, held: 2 });
    expect(stories()).toEqual({ a1: 'The second story', a3: 'The first story' });
    expect((await sync()).destinations[0]!.considered).toBe(0);
  });
});
