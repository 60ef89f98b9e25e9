import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import type { InventoryItem } from '../../../core/contract/destination.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { openBench, settingsOf, settle, writeOf, writesOf, type Bench } from './bench.ts';

describe('The data source as a slot', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await bench.close();
  });

  const refused = (code: string, message: RegExp) => ({
    name: 'ConfigError',
    code,
    message: expect.stringMatching(message),
    hint: expect.any(String),
  });

  test('apply leaves the id of the installation and keeps everything else of the data source', async () => {
    const before = { ...bench.emulator.resources.dataSource, description: 'Sales knowledge' };
    bench.emulator.resources.dataSource = {
      ...before,
      serverSideEncryptionConfiguration: { kmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/abc' },
      dataDeletionPolicy: 'RETAIN',
    };
    const plan = await bench.destination.plan();
    expect(plan.steps.map(({ action }) => action)).toEqual(['update']);
    expect(plan.owner).toBeUndefined();
    await bench.destination.apply(plan);
    expect(bench.emulator.resources.dataSource).toEqual({
      ...before,
      serverSideEncryptionConfiguration: { kmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/abc' },
      dataDeletionPolicy: 'RETAIN',
      description: 'Sales knowledge [tributary owner: test-installation]',
      updatedAt: expect.any(String),
    });
  });

  test('a long description is shortened, an owner never, and adopting replaces the mark', async () => {
    bench.emulator.resources.dataSource['description'] = 'd'.repeat(200);
    await bench.destination.apply(await bench.destination.plan());
    const other = await bench.reopen({ installation: 'other' });
    await other.apply(await other.plan(), { adopt: true });
    const description = String(bench.emulator.resources.dataSource['description']);
    expect(description.length).toBeLessThanOrEqual(200);
    expect(description.match(/tributary owner/g)).toHaveLength(1);
    expect((await bench.destination.plan()).owner).toBe('other');
  });

  test('a second apply sends no update', async () => {
    await bench.destination.apply(await bench.destination.plan());
    const updates = () => bench.emulator.server.requests.filter(({ method }) => method === 'PUT').length;
    expect(updates()).toBe(1);
    await bench.destination.apply(await bench.destination.plan());
    expect(updates()).toBe(1);
  });

  test('another installation is named in the refusal', async () => {
    await bench.destination.apply(await bench.destination.plan());
    const other = await bench.reopen({ installation: 'other' });
    await expect(other.apply(await other.plan())).rejects.toMatchObject(
      refused('SLOT_OWNED', /test-installation/),
    );
  });

  test('a data source that holds documents and no mark of an owner is refused without adopt', async () => {
    const stranger = { ...createTestDocument('x'), id: 'handbook/page-1' };
    await settle(bench, writeOf(stranger));
    const plan = await bench.destination.plan();
    await expect(bench.destination.apply(plan)).rejects.toMatchObject(
      refused('SLOT_NOT_EMPTY', /DSTRIBUT01/),
    );
    expect(bench.emulator.resources.dataSource).not.toHaveProperty('description');
    await bench.destination.apply(plan, { adopt: true });
    expect((await bench.destination.plan()).owner).toBe('test-installation');
    await bench.destination.apply(plan);
  });

  test('documents that are not ours survive adoption, writing and deleting, and stand in the inventory', async () => {
    const stranger = { ...createTestDocument('x', { body: 'heliotrope' }), id: 'handbook/page-1' };
    await settle(bench, writeOf(stranger));
    await bench.destination.apply(await bench.destination.plan(), { adopt: true });
    await settle(bench, writeOf(createTestDocument('a')));
    const { id } = createTestDocument('a');
    await bench.destination.write([{ action: 'delete', id, addresses: [id] }]);
    bench.clock.advance(2000);
    const items: InventoryItem[] = [];
    for await (const item of bench.destination.inventory!()) items.push(item);
    expect(items.map((item) => item.id)).toEqual([stranger.id]);
    expect(bench.emulator.documents().get(stranger.id)?.text).toContain('heliotrope');
  });

  test('what does not exist, is of another type or not ready is said with what to do', async () => {
    const check = async (more: Parameters<Bench['reopen']>[0] = {}) => (await bench.reopen(more)).check();
    await check();
    await expect(check({ dataSourceId: 'DSUNKNOWN1' })).rejects.toMatchObject(
      refused('BEDROCK_NOT_FOUND', /^Data source DSUNKNOWN1/),
    );
    await expect(check({ knowledgeBaseId: 'KBUNKNOWN1' })).rejects.toMatchObject(
      refused('BEDROCK_NOT_FOUND', /^Knowledge base KBUNKNOWN1/),
    );
    const { dataSource, knowledgeBase } = bench.emulator.resources;
    dataSource['dataSourceConfiguration'] = { type: 'S3' };
    await expect(check()).rejects.toMatchObject(refused('BEDROCK_WRONG_TYPE', /S3/));
    dataSource['dataSourceConfiguration'] = { type: 'CUSTOM' };
    dataSource['status'] = 'DELETING';
    await expect(check()).rejects.toMatchObject(refused('BEDROCK_NOT_AVAILABLE', /DELETING/));
    knowledgeBase['status'] = 'FAILED';
    await expect(check()).rejects.toMatchObject(refused('BEDROCK_NOT_AVAILABLE', /FAILED/));
    knowledgeBase['knowledgeBaseConfiguration'] = { type: 'MANAGED' };
    await expect(check()).rejects.toMatchObject(refused('BEDROCK_WRONG_TYPE', /MANAGED/));
  });

  test('denied access and wrong credentials are for a person; a busy service is tried again', async () => {
    const credentials = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'never-shown' };
    const wrong = await bench.reopen({ credentials });
    const error = await wrong.check().then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject(refused('BEDROCK_REFUSED', /credentials/));
    expect(String(error)).not.toContain('never-shown');
    bench.emulator.switches.denied.add('bedrock:GetDataSource');
    await expect(bench.destination.check()).rejects.toMatchObject(
      refused('BEDROCK_REFUSED', /bedrock:GetDataSource/),
    );
    bench.emulator.switches.denied.clear();
    bench.emulator.server.fault({
      when: () => true,
      times: 2,
      effect: { kind: 'reply', reply: { status: 500, body: { message: 'oops' } } },
    });
    await bench.destination.check();
  });

  test('without credentials in the configuration, the usual chain of the AWS SDK finds them', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    const none = await bench.reopen({ credentials: undefined });
    await expect(none.check()).rejects.toMatchObject(refused('BEDROCK_REFUSED', /credentials/));
    expect(await none.write(writesOf('a'))).toMatchObject([{ status: 'halted' }]);
    vi.stubEnv('AWS_ACCESS_KEY_ID', bench.emulator.env['AWS_ACCESS_KEY_ID']);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', bench.emulator.env['AWS_SECRET_ACCESS_KEY']);
    await (await bench.reopen({ credentials: undefined })).check();
  });

  test('a data source that takes a while to be available again is waited for', async () => {
    let reads = 0;
    bench.emulator.server.fault({
      when: ({ method, path }) =>
        method === 'GET' && path.includes('datasources') && ++reads > 2 && reads < 6,
      effect: {
        kind: 'change',
        change: (reply) => ({
          ...reply,
          body: { dataSource: { ...bench.emulator.resources.dataSource, status: 'UPDATING' } },
        }),
      },
    });
    await bench.destination.apply(await bench.destination.plan());
    expect(reads).toBe(6);
  });

  test('the inventory pages through everything, with what is pending and what failed', async () => {
    bench.emulator.switches.outcomes = [{ id: /bad/, final: 'FAILED' }];
    for (let from = 0; from < 250; from += 10)
      await bench.destination.write(
        writesOf(...Array.from({ length: 10 }, (_, index) => `n${from + index}`)),
      );
    await bench.destination.write(writesOf('bad'));
    bench.clock.advance(2000);
    await bench.destination.write(writesOf('late'));
    const items: InventoryItem[] = [];
    for await (const item of bench.destination.inventory!()) items.push(item);
    expect(new Set(items.map(({ id }) => id)).size).toBe(252);
    const byStatus = (status: string) => items.filter((item) => item.status === status).map(({ id }) => id);
    expect(byStatus('failed')).toEqual([createTestDocument('bad').id]);
    expect(byStatus('pending')).toEqual([createTestDocument('late').id]);
    expect(items.find(({ status }) => status === 'present')).toEqual({
      id: expect.any(String),
      status: 'present',
      addresses: [expect.any(String)],
    });
  });

  test('the profile changes with what is stored and with nothing else', async () => {
    const profile = async (more: Parameters<Bench['reopen']>[0]) => (await bench.reopen(more)).profile;
    const { profile: base } = bench.destination;
    expect(await profile({ batchSize: 25, requestsPerSecond: 1, requestTimeout: '5s' })).toBe(base);
    for (const more of [{ metadataBytes: 901 }, { metadataPriority: ['x'] }, { dataSourceId: 'DSOTHER001' }])
      expect(await profile(more)).not.toBe(base);
  });

  test('settings that cannot be right are refused', () => {
    const settings = settingsOf(bench.emulator);
    expect(bedrockConfig.safeParse(settings).success).toBe(true);
    for (const wrong of [
      { knowledgeBaseId: 'short' },
      { region: 'nowhere' },
      { endpoint: 'http://bedrock.example.com' },
      { batchSize: 26 },
      { unknownSetting: 1 },
      { credentials: { accessKeyId: 'only' } },
    ])
      expect(bedrockConfig.safeParse({ ...settings, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
  });

  test('declaring the connector does not load the AWS SDK', () => {
    const load = (file: string): string => {
      const script = `import('./connectors/bedrock-knowledge-base/${file}').then(() => console.log(Object.keys(require('module')._cache).some((one) => one.includes('@aws-sdk')) ? 'loaded' : 'lean'))`;
      return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout.trim();
    };
    expect(load('index.ts')).toBe('lean');
    expect(load('destination.ts')).toBe('loaded');
  });

  test('a document is found by its new text and no longer by its old one', async () => {
    await settle(bench, writeOf(createTestDocument('a', { body: 'heliotrope' })));
    await settle(bench, writeOf(createTestDocument('a', { body: 'chartreuse' })));
    const ask = (text: string) => bench.destination.search!({ text, limit: 3 });
    expect(await ask('heliotrope')).toEqual([]);
    expect((await ask('chartreuse')).map(({ id }) => id)).toEqual([createTestDocument('a').id]);
  });
});
