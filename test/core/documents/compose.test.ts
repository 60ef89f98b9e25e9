import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sha256 } from '../../../core/documents/canonical.ts';
import { contentFingerprint } from '../../../core/documents/content.ts';
import { fromLangChainDocument, toLangChainDocument } from '../../../core/documents/langchain.ts';
import { account, cases, composed, context, kindOf, owner, record, streams } from './fixtures.ts';

const ada = record('005A', { Id: '005A', Name: 'Ada', Email: 'ada@example.com' }, {}, '2026-01-02T00:00:00Z');
const acme = record(
  '001A',
  { Id: '001A', Name: ' Acme\n Inc. ', Tier: 'Gold' },
  {
    owner: [ada],
    cases: [
      record('500A', { Id: '500A', Subject: 'Broken' }, { comments: [record('00aA', { Body: 'still' })] }),
      record('500B', { Id: '500B', Subject: 'Slow' }),
    ],
  },
  '2026-01-01T00:00:00Z',
);
const withParts = {
  ...account,
  with: {
    owner,
    cases: { ...cases, with: { comments: { from: 'crm.Comment', on: { parent: 'Id', part: 'CaseId' } } } },
  },
};

describe('a composed document', () => {
  it('says what it is, where it came from and every record that is in it', () => {
    const { document, leftOut } = composed(kindOf(withParts), acme);
    expect(document).toEqual({
      id: 'acme:account:salesforce:00D1:Account:001A',
      kind: 'account',
      title: 'Acme Inc.',
      body: '# Acme\nInc. \n\nOwner: Ada\n- Broken\n- Slow',
      url: 'https://crm.example/Account/001A',
      origin: { system: 'salesforce', stream: 'Account', key: '001A', modifiedAt: '2026-01-01T00:00:00Z' },
      parts: [
        {
          part: 'owner',
          system: 'salesforce',
          stream: 'User',
          key: '005A',
          url: 'https://crm.example/User/005A',
          modifiedAt: '2026-01-02T00:00:00Z',
        },
        {
          part: 'cases',
          system: 'salesforce',
          stream: 'Case',
          key: '500A',
          url: 'https://crm.example/Case/500A',
        },
        {
          part: 'cases.comments',
          system: 'salesforce',
          stream: 'Comment',
          key: '00aA',
          url: 'https://crm.example/Comment/00aA',
        },
        {
          part: 'cases',
          system: 'salesforce',
          stream: 'Case',
          key: '500B',
          url: 'https://crm.example/Case/500B',
        },
      ],
      metadata: {},
      access: { everyone: true, reason: 'made-up records of a test' },
      classification: 'internal',
      trust: 'internal',
      version: expect.stringMatching(/^[\w-]{12}$/),
    });
    expect(leftOut).toEqual([]);
  });

  it('has an id with every segment percent-encoded, of 512 bytes at most', () => {
    const kind = kindOf({ ...account, body: 'x' });
    const idOf = (key: string) => kind.compose(record(key, { Name: 'x' }), []);
    expect(idOf('a:b/ü')).toMatchObject({
      document: { id: 'acme:account:salesforce:00D1:Account:a%3Ab%2F%C3%BC' },
    });
    const longest = 512 - 'acme:account:salesforce:00D1:Account:'.length;
    expect(idOf('x'.repeat(longest)).status).toBe('composed');
    expect(idOf('x'.repeat(longest + 1))).toMatchObject({ status: 'rejected', code: 'DOCUMENT_ID_TOO_LONG' });
    expect(idOf('\ud800')).toMatchObject({ status: 'rejected', code: 'DOCUMENT_ID_INVALID' });
  });

  it('is rejected without a title or a body', () => {
    expect(kindOf({ ...account, body: 'x' }).compose(record('1', { Name: ' \n ' }), [])).toMatchObject({
      status: 'rejected',
      code: 'DOCUMENT_TITLE_EMPTY',
    });
    expect(kindOf({ ...account, body: '{{Tier}}\n' }).compose(record('1', { Name: 'x' }), [])).toMatchObject({
      status: 'rejected',
      code: 'DOCUMENT_BODY_EMPTY',
    });
  });

  it('links to the url of the template, or to the source when that gives no web address', () => {
    const kind = kindOf({ ...account, body: 'x', url: '{{Website}}' });
    const urlOf = (Website: string | null) =>
      composed(kind, record('1', { Name: 'x', Website })).document.url;
    expect(urlOf(' https://acme.example/x ')).toBe('https://acme.example/x');
    for (const bad of [null, '', 'javascript:alert(1)', 'acme.example', 'https://a b']) {
      expect(urlOf(bad)).toBe('https://crm.example/Account/1');
    }
    const lake = kindOf({ ...account, from: 'lake.USAGE', title: '{{DAY}}', body: 'x' });
    expect(composed(lake, record('1', { DAY: '2026-01-01' })).document).not.toHaveProperty('url');
  });

  it('shows one record of a part declared as one', () => {
    const two = { ...acme, parts: { owner: [ada, record('005B', { Name: 'Bob' })] } };
    expect(composed(kindOf(withParts), two).document.parts).toHaveLength(1);
  });

  it('says which parts are still missing', () => {
    expect(composed(kindOf(withParts), acme, ['owner', 'cases']).document.metadata).toEqual({
      missing_parts: ['cases', 'owner'],
    });
  });

  it('replaces halves of characters, so that both planes get the same bytes', () => {
    const { document } = composed(
      kindOf({ ...account, body: '{{Name}}' }),
      record('1', { Name: 'a\ud800b' }),
    );
    expect([document.title, document.body]).toEqual(['a\ufffdb', 'a\ufffdb']);
  });
});

describe('the content fingerprint', () => {
  const kind = kindOf({
    ...withParts,
    metadata: { tier: 'Tier', since: { field: 'Since', type: 'instant' } },
  });

  it('is the hash of the canonical document without its stamps, and the version begins it', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        (key, text, stamped) => {
          const stamp = stamped ? '2026-01-01T00:00:00Z' : undefined;
          const part = record(`p${key}`, { Name: text, Email: text }, {}, stamp);
          const root = record(
            key,
            { Name: `n${text}`, Tier: text, Since: '2026-01-15' },
            { owner: [part] },
            stamp,
          );
          const { document, content } = composed(kind, root);
          const { version, origin, parts, ...rest } = document;
          const plain = {
            ...rest,
            origin: { system: origin.system, stream: origin.stream, key: origin.key },
            parts: parts.map(({ modifiedAt: _modifiedAt, ...one }) => one),
          };
          expect(content).toBe(sha256(canonicalJson(plain)));
          expect(contentFingerprint(document)).toBe(content);
          expect(version).toBe(content.slice(0, 12));
        },
      ),
      { seed: 9 },
    );
  });

  it('does not move with stamps, and moves with everything that a reader would see', () => {
    const print = (root: typeof acme, missing: string[] = []) => composed(kind, root, missing).content;
    const later = {
      ...acme,
      modifiedAt: '2027-01-01T00:00:00Z',
      parts: { ...acme.parts, owner: [{ ...ada, modifiedAt: '2027-01-01T00:00:00Z' }] },
    };
    expect(print(later)).toBe(print(acme));
    const changed = [
      { ...acme, data: { ...acme.data, Tier: 'Silver' } },
      { ...acme, parts: { ...acme.parts, owner: [] } },
      { ...acme, parts: { ...acme.parts, owner: [{ ...ada, key: '005X' }] } },
      { ...acme, key: '001B' },
    ].map((root) => print(root));
    expect(new Set([print(acme), print(acme, ['cases']), ...changed]).size).toBe(6);
  });

  it('is the same on every machine', () => {
    expect(composed(kind, acme).content).toBe('Wll1z1jbS6AsUQZ6T83R8VzgE6l5LM18tWWrR1a9faU');
  });
});

describe('a LangChain document', () => {
  it('gives back the same document', () => {
    const { document } = composed(kindOf({ ...withParts, metadata: { tier: 'Tier' } }), acme, ['owner']);
    const converted = toLangChainDocument(document);
    expect(converted).toMatchObject({ id: document.id, pageContent: document.body });
    expect(converted.metadata).toMatchObject({ source: document.url, tier: 'Gold', kind: 'account' });
    expect(
      Object.keys(converted.metadata).filter((name) => name === 'score' || name.startsWith('_')),
    ).toEqual([]);
    expect(fromLangChainDocument(JSON.parse(JSON.stringify(converted)))).toEqual(document);
    const { url: _url, ...without } = document;
    expect(fromLangChainDocument(toLangChainDocument(without))).toEqual(without);
  });

  it('of another origin is refused', () => {
    expect(() => fromLangChainDocument({ id: 'x', pageContent: 'y', metadata: {} })).toThrow('no kind');
  });
});

describe('classification and trust', () => {
  const rules = {
    'crm.Account': { classification: 'public', trust: 'system' },
    'crm.User': { classification: 'confidential' },
    'crm.Case': { trust: 'external' },
  } as const;
  const kind = kindOf(
    { ...withParts, classification: 'public', trust: 'system' },
    context({ streams: streams(rules) }),
  );

  it('are the strictest and the lowest of the record and of the parts that are shown', () => {
    expect(composed(kind, acme).document).toMatchObject({
      classification: 'confidential',
      trust: 'external',
    });
    expect(composed(kind, { ...acme, parts: {} }).document).toMatchObject({
      classification: 'public',
      trust: 'system',
    });
  });

  it('are never below what the stream of the record asks for', () => {
    const given = context({
      streams: streams({ 'crm.Account': { classification: 'restricted', trust: 'external' } }),
    });
    const { document } = composed(kindOf({ ...account, body: 'x', classification: 'public' }, given), acme);
    expect(document).toMatchObject({ classification: 'restricted', trust: 'external' });
  });
});
