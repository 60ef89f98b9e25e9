import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { bedrockConfig } from '../../../connectors/bedrock-knowledge-base/config.ts';
import { objectDocument } from '../../../connectors/bedrock-knowledge-base/bulk/object-document.ts';
import { idOf, keyOf } from '../../../connectors/bedrock-knowledge-base/bulk/object-key.ts';
import { iamPolicy } from '../../../connectors/bedrock-knowledge-base/index.ts';
import { metadataBudget } from '../../../connectors/bedrock-knowledge-base/metadata-budget.ts';
import { configOfSlot } from '../../../connectors/bedrock-knowledge-base/slot-config.ts';
import { rolePolicy } from '../../../connectors/bedrock-knowledge-base/role-policy.ts';
import type { Destination } from '../../../core/contract/destination.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { settingsOf, writeOf, writesOf, type Bench } from './bench.ts';
import { bucket, carry, openBulkBench, prefix, s3Source, statusesOf } from './bulk-bench.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});
async function open(emulator = {}, settings = {}): Promise<{ bench: Bench; destination: Destination }> {
  bench = await openBulkBench({ from: 1, jobFrom: 1 }, emulator, settings);
  bench.destination.expect!(10);
  return { bench, destination: bench.destination };
}

describe('The key of a document', () => {
  test('leads back to its id, whatever the id holds, and two ids never share one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (id) => {
        const key = keyOf(prefix, id.toWellFormed())!;
        expect(key).toMatch(/^tributary\/[A-Za-z0-9_/-]*\.md$/);
        expect(idOf(prefix, key)).toBe(id.toWellFormed());
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test('reads as a path, and an id that is too long has none', () => {
    expect(keyOf(prefix, 'acme:account:salesforce:00D1:Account:a%2Fb')).toBe(
      'tributary/acme/account/salesforce/00D1/Account/a_252Fb.md',
    );
    expect(keyOf(prefix, 'x'.repeat(1100))).toBeUndefined();
    for (const foreign of [
      'tributary/a.txt',
      'tributary/a b.md',
      'tributary/a_2d.md',
      'other/a.md',
      'tributary/A.md.metadata.json',
    ])
      expect(idOf(prefix, foreign)).toBeUndefined();
  });
});

describe('Metadata on the S3 road', () => {
  const rich = createTestDocument('rich', {
    access: { allow: ['group:sales', 'user:ann@example.com'], deny: ['user:eve'] },
    metadata: {
      name: 'Rich "quoted" account',
      employees: 12.5,
      active: false,
      tags: Array.from({ length: 23 }, (_, n) => `tag ${n}`),
    },
  });

  test('is what the direct road carries, in the same types, so that a filter finds either alike', async () => {
    const { bench: open_, destination } = await open();
    await carry(open_, destination, [writeOf(rich)]);
    const byS3 = [...open_.emulator.documents().values()][0]!;
    const small = await open_.reopen();
    small.expect!(0);
    const direct = { ...rich, id: `${rich.id}-direct`, version: rich.version };
    await carry(open_, small, [writeOf(direct)]);
    const byDirect = open_.emulator.documents().get(direct.id)!;
    expect({ ...byS3.metadata, doc_id: '' }).toEqual({ ...byDirect.metadata, doc_id: '' });
    expect(byS3.text).toBe(byDirect.text);
    const hits = await destination.search!({
      text: 'account rich',
      limit: 5,
      principals: ['group:sales'],
      filter: { active: false },
    });
    expect(hits.map(({ id }) => id).sort()).toEqual([rich.id, direct.id].sort());
    expect(await destination.readBack!([writeOf(rich)])).toEqual([{ status: 'same' }]);
    expect(hits[0]).toMatchObject({ title: rich.title, url: rich.url, version: rich.version });
  });

  test('always fits into the 10 KB of a metadata file', () => {
    const config = bedrockConfig.parse({
      region: 'us-east-1',
      knowledgeBaseId: 'KB12345678',
      dataSourceId: 'DS12345678',
      vectorStore: 'OPENSEARCH_SERVERLESS',
      bulk: { bucket, dataSourceId: s3Source },
    });
    const values = fc.oneof(
      fc.string({ minLength: 1, maxLength: 2048, unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.array(fc.string({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 50 }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 100 }), values, { minKeys: 20, maxKeys: 60 }),
        (metadata) => {
          const made = objectDocument(createTestDocument('a', { metadata }), metadataBudget(config));
          expect(made.refused).toBeUndefined();
          expect(Buffer.byteLength(made.metadata)).toBeLessThanOrEqual(10_000);
        },
      ),
      { seed: 7, numRuns: 60 },
    );
    const short = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`k${n}`, ['v']]));
    const most = objectDocument(createTestDocument('a', { metadata: short }), metadataBudget(config));
    expect(Buffer.byteLength(most.metadata)).toBeLessThanOrEqual(10_000);
  });
});

describe('What S3 answers', () => {
  test('503 SlowDown is waited out', async () => {
    const { bench: open_, destination } = await open();
    open_.emulator.s3!.slowDown(3);
    expect(statusesOf(await carry(open_, destination, writesOf('a', 'b')))).toEqual(['done']);
  });

  test('an object that S3 may or may not have taken is in doubt, and is put again only after a while', async () => {
    const { bench: open_, destination } = await open();
    open_.emulator.s3!.server.fault({
      when: ({ method, path }) => method === 'PUT' && path.endsWith('.md'),
      times: 1,
      effect: { kind: 'cut-after' },
    });
    const changes = writesOf('a');
    expect(await destination.write(changes)).toMatchObject([{ status: 'unknown' }]);
    const again = changes.map((change) => ({ ...change, inDoubt: true }));
    expect(await destination.write(again)).toMatchObject([
      { status: 'later', retryAfterMs: expect.any(Number) },
    ]);
    open_.clock.advance(6_000);
    expect(statusesOf(await carry(open_, destination, again))).toEqual(['done']);
  });

  test('a change that S3 has taken in part is never called untouched', async () => {
    const { bench: open_, destination } = await open();
    open_.emulator.s3!.server.fault({
      when: ({ method, path }) => method === 'PUT' && path.endsWith('.metadata.json'),
      effect: { kind: 'reply', reply: { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' } },
    });
    expect(await destination.write(writesOf('a'))).toMatchObject([{ status: 'unknown' }]);
  });

  test.each([
    ['s3:PutObject', /403/, /s3:PutObject/],
    ['s3:DeleteObject', /403/, /s3:DeleteObject/],
  ])('without %s a person is told what to allow', async (action, reason, hint) => {
    const { bench: open_, destination } = await open();
    open_.emulator.s3!.denied.add(action);
    const [write] = writesOf('a');
    const change =
      action === 's3:PutObject'
        ? write!
        : { action: 'delete' as const, id: write!.id, addresses: [], receipt: { stands: 's3' } };
    expect(await destination.write([change])).toMatchObject([
      { status: 'halted', reason: expect.stringMatching(reason), hint: expect.stringMatching(hint) },
    ]);
  });
});

describe('The bucket and its data source', () => {
  test('must fit each other, and belong to this installation', async () => {
    const { bench: open_, destination } = await open();
    await destination.apply(await destination.plan());
    await destination.check();
    const other = await open_.reopen({ installation: 'another' });
    expect((await other.plan()).owner).toBe('test-installation');
    await expect(other.apply(await other.plan())).rejects.toMatchObject({ code: 'SLOT_OWNED' });
    const elsewhere = await open_.reopen({ bulk: { prefix: 'elsewhere/' } });
    await expect(elsewhere.check()).rejects.toMatchObject({ code: 'BEDROCK_OTHER_PLACE' });
    const custom = await open_.reopen({ bulk: { dataSourceId: 'DS00000000' } });
    await expect(custom.check()).rejects.toMatchObject({ code: 'BEDROCK_NOT_FOUND' });
    open_.emulator.s3!.denied.add('s3:ListBucket');
    await expect(destination.check()).rejects.toMatchObject({
      code: 'BEDROCK_REFUSED',
      hint: expect.stringContaining('s3:ListBucket'),
    });
  });

  test('are surveyed: that the bucket can be listed, and that both roads cut documents alike', async () => {
    const { bench: open_, destination } = await open();
    const found = async () => (await destination.survey!()).findings.at(-1);
    expect(await found()).toMatchObject({
      status: 'fine',
      what: 'road by way of s3://tributary-knowledge/tributary/',
    });
    const source = open_.emulator.sources().at(-1)!;
    const chunkingConfiguration = { chunkingStrategy: 'NONE' };
    source.resource = { ...source.resource, vectorIngestionConfiguration: { chunkingConfiguration } };
    expect(await found()).toMatchObject({ status: 'advice', detail: expect.stringContaining('otherwise') });
    open_.emulator.s3!.denied.add('s3:ListBucket');
    expect(await found()).toMatchObject({
      status: 'problem',
      detail: expect.stringContaining('cannot be listed'),
    });
  });

  test('are not taken over while somebody else’s documents lie in them', async () => {
    const { bench: open_, destination } = await open();
    open_.emulator.s3!.bucket.put('tributary/theirs.pdf', Buffer.from('%PDF'));
    await expect(destination.apply(await destination.plan())).rejects.toMatchObject({
      code: 'SLOT_NOT_EMPTY',
    });
    await destination.apply(await destination.plan(), { adopt: true });
    expect((await destination.plan()).owner).toBe('test-installation');
  });

  test('need a VECTOR knowledge base and a data source of their own', async () => {
    const { bench: open_ } = await open();
    const base = settingsOf(open_.emulator);
    const bulk = { bucket, dataSourceId: s3Source };
    expect(() => bedrockConfig.parse({ ...base, bulk, knowledgeBaseType: 'MANAGED' })).toThrow(/VECTOR/);
    expect(() =>
      bedrockConfig.parse({ ...base, bulk: { ...bulk, dataSourceId: base['dataSourceId'] } }),
    ).toThrow(/type S3/);
  });

  test('of a slot are its own, and a slot without them is written directly', async () => {
    const { bench: open_ } = await open();
    const slots = [
      {
        knowledgeBaseId: 'KB00000002',
        dataSourceId: 'DS00000002',
        bulk: { dataSourceId: 'DS00000003', prefix: 'second/' },
      },
      { knowledgeBaseId: 'KB00000004', dataSourceId: 'DS00000004' },
    ];
    const base = { ...settingsOf(open_.emulator), bulk: { bucket, dataSourceId: s3Source, from: 7 }, slots };
    const config = bedrockConfig.parse(base);
    expect(configOfSlot(config, 'KB00000002').bulk).toMatchObject({
      bucket,
      prefix: 'second/',
      dataSourceId: 'DS00000003',
      from: 7,
    });
    expect(configOfSlot(config, 'KB00000004').bulk).toBeUndefined();
    expect(configOfSlot(config, undefined).bulk).toMatchObject({ prefix: 'tributary/' });
    for (const prefix of ['tributary/', 'tributary/second/'])
      expect(() =>
        bedrockConfig.parse({
          ...base,
          slots: [{ ...slots[0], bulk: { dataSourceId: 'DS00000003', prefix } }],
        }),
      ).toThrow(/prefixes of their own/);
  });

  test('need three permissions more for Tributary and two for the role of the knowledge base', async () => {
    const { bench: open_ } = await open();
    const config = bedrockConfig.parse({
      ...settingsOf(open_.emulator),
      bulk: { bucket, dataSourceId: s3Source },
    });
    const { Statement } = iamPolicy(config);
    expect(Statement[0]!.Action).toContain('bedrock:GetIngestionJob');
    expect(Statement.slice(1)).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:DeleteObject'],
        Resource: 'arn:aws:s3:::tributary-knowledge/tributary/*',
      },
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: 'arn:aws:s3:::tributary-knowledge',
        Condition: { StringLike: { 's3:prefix': 'tributary/*' } },
      },
    ]);
    expect(iamPolicy(config, { use: 'retrieve' }).Statement).toHaveLength(1);
    const role = JSON.stringify(
      rolePolicy({ knowledgeBaseArn: 'arn:aws:bedrock:us-east-1:1:knowledge-base/K' } as never, config.bulk),
    );
    expect(role).toContain('"s3:GetObject"],"Resource":"arn:aws:s3:::tributary-knowledge/tributary/*"');
  });
});
