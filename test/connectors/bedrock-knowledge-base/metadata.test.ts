import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accessClass, mayRead } from '../../../connectors/bedrock-knowledge-base/access-class.ts';
import { fitMetadata, type MetadataBudget } from '../../../connectors/bedrock-knowledge-base/metadata.ts';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { createTestDocument } from '../../../core/testing/test-document.ts';
import { openBench, writeOf, writesOf } from './bench.ts';

const roomy: MetadataBudget = { bytes: 60_000, keys: 50, priority: [] };
const plain = (document: BusinessDocument, budget = roomy): Record<string, unknown> =>
  Object.fromEntries(
    fitMetadata(document, budget).attributes.map(({ key, value }) => [
      key,
      value?.stringValue ?? value?.numberValue ?? value?.booleanValue ?? value?.stringListValue,
    ]),
  );

describe('The metadata of a document in Bedrock', () => {
  test('it names the document, its source, who may read it, where it comes from, and what the kind declares', () => {
    const document = createTestDocument('a', {
      access: { allow: ['group:support', 'group:sales'], deny: [] },
      version: 'abcdef123456',
    });
    expect(plain(document)).toEqual({
      doc_id: document.id,
      access: 'allow:group:sales,group:support',
      classification: 'internal',
      trust: 'internal',
      kind: 'account',
      version: 'abcdef123456',
      source: 'https://crm.example/Account/a',
      title: 'Account a',
      modified_at: '2026-01-15T12:00:00.000Z',
      modified_at_epoch: 1768478400,
      origin_system: 'crm',
      origin_stream: 'Account',
      origin_key: 'a',
      name: 'Account a',
      employees: 12,
      active: true,
      tags: ['one', 'two'],
    });
  });

  test('names and values that Bedrock or its retrievers cannot take are left out, and each says why', () => {
    const metadata = {
      score: 1,
      _hidden: 'x',
      'x-amz-bedrock-kb-source-uri': 'x',
      ['k'.repeat(101)]: 'x',
      access: 'everyone',
      doc_id: 'forged',
      source: 'forged',
      infinite: Infinity,
      long: 'x'.repeat(2049),
      many: Array.from({ length: 51 }, (_, index) => `m${index}`),
      fine: 'x',
    };
    const document = createTestDocument('a', { metadata });
    const { leftOut } = fitMetadata(document, roomy);
    expect(leftOut.map(({ field }) => field).sort()).toEqual(
      Object.keys(metadata)
        .filter((field) => field !== 'fine')
        .sort(),
    );
    expect(plain(document)).toMatchObject({ doc_id: document.id, access: 'everyone', fine: 'x' });
    expect(plain(document)).not.toHaveProperty('score');
  });

  test('empty strings and empty lists are not sent', () => {
    const metadata = { empty: '', blank: '  ', none: [], blanks: [''], some: ['', 'x'] };
    const document = createTestDocument('a', { metadata });
    expect(Object.keys(plain(document)).filter((key) => key in metadata)).toEqual(['some']);
    expect(plain(document)['some']).toEqual(['x']);
    expect(fitMetadata(document, roomy).leftOut).toEqual([]);
  });

  test('a list of more than ten members goes on under the names tags_2, tags_3, and is never cut', () => {
    const tags = Array.from({ length: 23 }, (_, index) => `t${index}`);
    const found = plain(createTestDocument('a', { metadata: { tags } }));
    expect(found).toMatchObject({
      tags: tags.slice(0, 10),
      tags_2: tags.slice(10, 20),
      tags_3: tags.slice(20),
    });
    const clash = createTestDocument('a', { metadata: { tags_2: 'own', tags } });
    expect(plain(clash)).toMatchObject({ tags_2: 'own' });
    expect(plain(clash)).not.toHaveProperty('tags');
  });

  test('when the budget is full, declared fields go first by priority, and a list goes whole or not at all', () => {
    const fields = (metadata: BusinessDocument['metadata'], bytes: number, ...priority: string[]) =>
      Object.keys(plain(createTestDocument('a', { metadata }), { bytes, keys: 30, priority })).filter(
        (key) => key.replace(/_\d$/, '') in metadata,
      );
    let bytes = 256;
    while (
      fitMetadata(createTestDocument('a', { metadata: { last: 1 } }), { ...roomy, bytes }).leftOut.length > 0
    )
      bytes++;
    const metadata = { first: 'f'.repeat(100), second: 's'.repeat(100) };
    expect(fields(metadata, bytes + 120)).toEqual(['first']);
    expect(fields(metadata, bytes + 120, 'second')).toEqual(['second']);
    expect(fields(metadata, bytes + 240)).toEqual(['first', 'second']);
    const tags = Array.from({ length: 12 }, (_, index) => `tag number ${index}`);
    expect(fields({ tags }, bytes + 190)).toEqual([]);
    expect(fields({ tags }, bytes + 240)).toEqual(['tags', 'tags_2']);
    expect(fields({ a: 1, b: 2, c: 3 }, 900)).toEqual(['a', 'b', 'c']);
    const document = createTestDocument('a', { metadata: { a: 1, b: 2, c: 3 } });
    expect(Object.keys(plain(document, { ...roomy, keys: 15 }))).toHaveLength(15);
  });

  test('identity, access, classification and trust are never left out: a document that cannot carry them is refused', () => {
    const allow = Array.from({ length: 60 }, (_, index) => `user:person-${index}@example.com`);
    const document = createTestDocument('a', { access: { allow, deny: [] } });
    expect(fitMetadata(document, { ...roomy, bytes: 900 }).refused).toMatch(
      /^access \(\d+ bytes\) does not fit/,
    );
    expect(fitMetadata(document, roomy).refused).toBeUndefined();
    const wide = { allow: Array.from({ length: 200 }, (_, index) => `user:${index}@example.com`), deny: [] };
    expect(fitMetadata(createTestDocument('a', { access: wide }), roomy).refused).toMatch(/^access/);
    expect(fitMetadata(createTestDocument('a', { classification: '' }), roomy).refused).toMatch(
      /^classification/,
    );
  });

  test('whatever a kind declares, the service takes it and S3 Vectors can hold it', async () => {
    const bench = await openBench({ limits: false });
    bench.emulator.switches.vectorStore = 's3-vectors';
    const value = fc.oneof(
      fc.string({ maxLength: 3000, unit: 'grapheme' }),
      fc.double(),
      fc.boolean(),
      fc.array(fc.string({ maxLength: 40 }), { maxLength: 60 }),
    );
    const key = fc.oneof(
      fc.string({ maxLength: 120 }),
      fc.constantFrom('score', '_a', 'access', 'tags', 'tags_2'),
    );
    let counter = 0;
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 40 }), async (metadata) => {
        const change = writeOf(createTestDocument(`d${counter++}`, { metadata }));
        const [outcome] = await bench.destination.write([change]);
        expect(outcome?.status).toBe('accepted');
        bench.clock.advance(2000);
        expect(bench.emulator.status(change.id).status).toBe('INDEXED');
      }),
      { numRuns: 60, seed: 20260115 },
    );
    await bench.close();
  });

  test('what is left out is said once for each field, without its content', async () => {
    const bench = await openBench();
    const document = (key: string) =>
      createTestDocument(key, { metadata: { notes: 'confidential '.repeat(100) } });
    for (const key of ['a', 'b']) bench.destination.encode(writeOf(document(key)));
    await bench.destination.write([writeOf(document('a')), ...writesOf('c')]);
    const warnings = bench.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.message).toContain('"notes"');
    expect(JSON.stringify(bench.log.lines)).not.toContain('confidential');
    await bench.close();
  });
});

describe('The class that says who may read a document', () => {
  test('everyone, nobody, and a list in a fixed order', () => {
    expect(accessClass({ everyone: true, reason: 'public' })).toBe('everyone');
    expect(accessClass({ allow: [], deny: ['a'] })).toBe('nobody');
    expect(accessClass({ allow: ['b', 'a', 'b'], deny: [] })).toBe('allow:a,b');
    expect(accessClass({ allow: ['a'], deny: ['c'] })).toBe('allow:a;deny:c');
  });

  test('what cannot be understood may be read by nobody', () => {
    for (const odd of [
      undefined,
      '',
      'nobody',
      'a',
      'allow:',
      'allow:a;deny:',
      7,
      'xallow:a',
      'allow:a;other:a',
    ])
      expect(mayRead(odd, ['a', '']), String(odd)).toBe(false);
  });

  test('for any principals, the class answers exactly as the lists do', () => {
    const principal = fc.oneof(
      fc.constantFrom('a', 'b', 'a,b', 'a;deny:b', '%2C', '%', 'everyone'),
      fc.string({ minLength: 1 }),
    );
    const list = fc.array(principal, { maxLength: 4 });
    fc.assert(
      fc.property(list, list, list, (allow, deny, asker) => {
        const expected = asker.some((one) => allow.includes(one)) && !asker.some((one) => deny.includes(one));
        expect(mayRead(accessClass({ allow, deny }), asker)).toBe(expected);
      }),
      { seed: 7 },
    );
  });
});
