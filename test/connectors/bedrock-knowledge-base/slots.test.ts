import { afterEach, describe, expect, it } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import {
  bedrockKnowledgeBase,
  iamPolicy,
  openBedrockRetrieval,
} from '../../../connectors/bedrock-knowledge-base/index.ts';
import { TransientError } from '../../../core/contract/errors.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { acceptedOf, confirmAll, openBench, secondBase, settingsOf, writeOf, type Bench } from './bench.ts';

let bench: Bench;
afterEach(async () => bench.close());

const second = 'KBTRIBUT02';
const write = async (slot: string | undefined, key: string, id?: string): Promise<void> => {
  const destination = await bench.reopen({ slot });
  await destination.apply(await destination.plan(), { adopt: true });
  const document = createTestDocument(key, { title: `Account ${key}`, body: `Account ${key} in ${slot}.` });
  const change = writeOf(id === undefined ? document : { ...document, id });
  const [outcome] = await destination.write([change]);
  await confirmAll(bench, destination, acceptedOf(change, outcome));
};

describe('knowledge bases as slots', () => {
  it('a retriever that is open follows within ten seconds where agents are led', async () => {
    bench = await openBench({ second: true }, secondBase);
    await write(undefined, 'one');
    await write(second, 'two');
    const config = bedrockConfig.parse({ ...settingsOf(bench.emulator), ...secondBase });
    const retrieval = await openBedrockRetrieval(config, createTestContext({ clock: bench.clock }));
    const ask = async () => (await retrieval.retrieve({ text: 'account', limit: 5 })).map((one) => one.title);
    expect(await ask()).toEqual(['Account one']);
    const next = await bench.reopen({ slot: second });
    await next.slots!.activate();
    bench.clock.advance(10_001);
    expect(await ask()).toEqual(['Account two']);
    bench.emulator.switches.denied.add('bedrock:ListTagsForResource');
    bench.clock.advance(10_001);
    expect(await ask()).toEqual(['Account two']);
    retrieval.close();
  });

  it('questions that come at once read together where agents are led, and what failed is read again', async () => {
    bench = await openBench({ second: true }, secondBase);
    await write(undefined, 'one');
    const config = bedrockConfig.parse({ ...settingsOf(bench.emulator), ...secondBase });
    const retrieval = await openBedrockRetrieval(config, createTestContext({ clock: bench.clock }));
    const ask = async (): Promise<PromiseSettledResult<readonly unknown[]>[]> =>
      Promise.allSettled(Array.from({ length: 10 }, () => retrieval.retrieve({ text: 'account', limit: 5 })));
    const { requests } = bench.emulator.server;
    let before = requests.length;
    const asked = (): string[] => requests.slice(before).map(({ path }) => path.split('/')[1]!);
    const { denied } = bench.emulator.switches;
    denied.add('bedrock:ListTagsForResource');
    expect(new Set((await ask()).map(({ status }) => status))).toEqual(new Set(['rejected']));
    denied.delete('bedrock:ListTagsForResource');
    before = requests.length;
    const answers = await ask();
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value.length : one.reason))).toEqual(
      Array.from({ length: 10 }, () => 1),
    );
    // The first knowledge base had told its ARN before its tags were denied.
    expect(asked().sort()).toEqual(['knowledgebases', 'tags', 'tags']);
    bench.clock.advance(10_001);
    before = requests.length;
    await ask();
    expect(asked()).toEqual(['tags', 'tags']);
    retrieval.close();
  });

  it('a service that never says where agents are led is given up after the time-out', async () => {
    bench = await openBench({ second: true }, { ...secondBase, requestTimeout: '50ms' });
    bench.emulator.server.fault({ when: ({ path }) => path.startsWith('/tags/'), effect: { kind: 'stall' } });
    await expect(bench.destination.slots!.led!()).rejects.toThrow(TransientError);
  }, 10_000);

  it('one knowledge base is no slot beside itself: the message names the setting', async () => {
    bench = await openBench();
    await expect(bench.destination.slots!.check()).rejects.toMatchObject({
      code: 'BEDROCK_NO_SLOT',
      where: 'destinations.knowledge.slots',
    });
  });

  it('what is not ours stays when a slot is retired', async () => {
    bench = await openBench({ second: true }, secondBase);
    await write(second, 'ours');
    await write(second, 'theirs', 'a-handbook-of-somebody-else');
    const slot = await bench.reopen({ slot: second });
    await slot.slots!.retire();
    expect([...bench.emulator.documents(second).keys()]).toEqual(['a-handbook-of-somebody-else']);
  });

  it('a data source that Tributary creates is created in each knowledge base', async () => {
    const settings = {
      dataSourceId: undefined,
      dataSource: { create: { name: 'context', chunking: { strategy: 'none' } } },
      slots: [{ knowledgeBaseId: second }],
    };
    bench = await openBench({ second: true }, settings);
    const slot = await bench.reopen({ slot: second });
    expect((await slot.plan()).missing).toBe(true);
    await slot.apply(await slot.plan());
    expect((await slot.plan()).missing).toBeUndefined();
    expect((await bench.destination.plan()).missing).toBe(true);
  });

  it('keeps how a slot cuts and describes documents, and takes everything else from the configuration', async () => {
    bench = await openBench({ second: true }, secondBase);
    const base = settingsOf(bench.emulator);
    const source = (strategy: string) => ({ create: { name: 'context', chunking: { strategy } } });
    const before = bedrockConfig.parse({ ...base, dataSourceId: undefined, dataSource: source('none') });
    const after = bedrockConfig.parse({
      ...base,
      dataSourceId: undefined,
      dataSource: source('semantic'),
      requestsPerSecond: 2,
      metadataKeys: 20,
    });
    const { slotSettings } = bedrockKnowledgeBase;
    const kept = slotSettings!.with(after, JSON.parse(JSON.stringify(slotSettings!.of(before))));
    expect(kept).toMatchObject({ dataSource: before.dataSource, requestsPerSecond: 2 });
    expect(kept.metadataKeys).toBeUndefined();
    expect(JSON.stringify(slotSettings!.of(before))).not.toContain(base['endpoint']);
  });

  it('refuses slots that cannot be', async () => {
    bench = await openBench();
    const base = settingsOf(bench.emulator);
    const problems = (more: object): string =>
      String(bedrockConfig.safeParse({ ...base, ...more }).error?.issues[0]?.message);
    expect(
      problems({ slots: [{ knowledgeBaseId: base['knowledgeBaseId'], dataSourceId: 'DSTRIBUT02' }] }),
    ).toContain('another knowledge base');
    expect(problems({ slots: [{ knowledgeBaseId: second }] })).toContain('dataSourceId');
  });

  it('the policies cover every knowledge base, and let askers follow the pointer', async () => {
    bench = await openBench();
    const config = bedrockConfig.parse({ ...settingsOf(bench.emulator), ...secondBase });
    const publish = iamPolicy(config).Statement;
    expect(publish.map((one) => one.Resource.split('/').at(-1))).toEqual(['KBTRIBUT01', second]);
    expect(publish[1]!.Action).toEqual(
      expect.arrayContaining(['bedrock:TagResource', 'bedrock:ListTagsForResource']),
    );
    expect(iamPolicy(config, { use: 'retrieve' }).Statement[0]!.Action).toEqual([
      'bedrock:GetKnowledgeBase',
      'bedrock:ListTagsForResource',
      'bedrock:Retrieve',
    ]);
  });
});
