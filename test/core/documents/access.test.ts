import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Access } from '../../../core/contract/document.ts';
import { intersectAccess, narrows } from '../../../core/documents/access.ts';
import { account, cases, composed, context, kindOf, owner, record, streams } from './fixtures.ts';

const everyone: Access = { everyone: true, reason: 'a stated reason' };
const principals = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 })
  .map((list) => list.sort());
const accesses: fc.Arbitrary<Access> = fc.oneof(
  fc.constant(everyone),
  fc.record({ allow: principals, deny: principals }),
);
const mayRead = (access: Access, who: string): boolean =>
  'everyone' in access || (access.allow.includes(who) && !access.deny.includes(who));

describe('the intersection of accesses', () => {
  it('lets in exactly those who may read both', () => {
    fc.assert(
      fc.property(accesses, accesses, fc.constantFrom('a', 'b', 'c', 'd', 'e'), (own, other, who) => {
        expect(mayRead(intersectAccess(own, other), who)).toBe(mayRead(own, who) && mayRead(other, who));
      }),
      { seed: 10, numRuns: 1000 },
    );
  });

  it('takes nobody away when the part does not narrow', () => {
    fc.assert(
      fc.property(accesses, accesses, (own, part) => {
        if (!narrows(own, part)) expect(intersectAccess(own, part)).toEqual(own);
      }),
      { seed: 11, numRuns: 1000 },
    );
  });
});

const root = { Id: '001A', Name: 'Acme', OwnerId: '005A' };
const caseOf = (key: string, Team: string | null, comments: ReturnType<typeof record>[] = []) =>
  record(key, { Id: key, Subject: `case ${key}`, Team }, { comments });
const rule = { access: { allow: ['group:{{Team}}'], deny: [] } };
const strict = context({ streams: streams({ 'crm.Case': rule }) });
const inTeams = (...teams: string[]) => ({ allow: teams.map((team) => `group:${team}`) });

describe('the access of a document', () => {
  it('is the rule of its kind over the record and its parts', () => {
    const kind = kindOf({
      ...account,
      with: { owner, cases },
      access: {
        allow: ['user:{{owner.Email}}', 'group:sales', 'group:sales'],
        deny: ['user:{{lower_id}}'.replace('lower_id', 'OwnerId')],
      },
    });
    const ada = record('005A', { Email: 'ada@example.com', Name: 'Ada' });
    expect(composed(kind, record('1', root, { owner: [ada] })).document.access).toEqual({
      allow: ['group:sales', 'user:ada@example.com'],
      deny: ['user:005A'],
    });
  });

  it.each([
    [{ allow: ['user:{{OwnerId}}'] }, { OwnerId: null }],
    [{ allow: ['group:sales', '{{OwnerId}}'] }, { OwnerId: ' ' }],
    [{ allow: ['user:{{owner.Email}}'] }, {}],
    [{ allow: ['group:sales'], deny: ['user:{{Website}}'] }, {}],
    [{ allow: ['  '] }, {}],
  ])('that cannot be decided withholds the document: %j', (access, data) => {
    const kind = kindOf({ ...account, with: { owner, cases }, access });
    expect(kind.compose(record('1', { ...root, ...data }), [])).toEqual({
      status: 'withheld',
      reason: 'access cannot be decided',
    });
  });

  it('withholds also a document that could not be rendered', () => {
    const kind = kindOf({ ...account, body: 'x', access: { allow: ['user:{{OwnerId}}'] } });
    expect(kind.compose(record('1', {}), []).status).toBe('withheld');
    expect(kind.compose(record('1', { OwnerId: 'a' }), []).status).toBe('rejected');
  });
});

describe('a part that fewer people may read', () => {
  const parts = {
    cases: [caseOf('1', 'a'), caseOf('2', 'b'), caseOf('3', 'a', [record('c', { Body: 'x' })])],
  };

  it('is left out and counted, and nothing of it shows', () => {
    const kind = kindOf({ ...account, with: { owner, cases } }, strict);
    const { document, leftOut } = composed(kind, record('1', root, parts));
    expect(leftOut).toEqual([
      { part: 'cases', records: 3, reason: 'it would narrow who may read the document' },
    ]);
    expect(document).toMatchObject({ parts: [], access: { everyone: true } });
    expect(document.body).not.toContain('case');
  });

  it('is shown where everyone who may read the document may read it too', () => {
    const kind = kindOf({ ...account, with: { owner, cases }, access: inTeams('a') }, strict);
    const { document, leftOut } = composed(kind, record('1', root, parts));
    expect(document.parts.map((part) => part.key)).toEqual(['1', '3']);
    expect(leftOut).toMatchObject([{ records: 1 }]);
    expect(document.access).toEqual({ allow: ['group:a'], deny: [] });
  });

  it('narrows the document where the kind says so', () => {
    const narrow = { ...cases, onNarrower: 'narrow' };
    const kind = kindOf({ ...account, with: { owner, cases: narrow } }, strict);
    const { document, leftOut } = composed(kind, record('1', root, { cases: [caseOf('1', 'a')] }));
    expect(document).toMatchObject({ access: { allow: ['group:a'], deny: [] }, parts: [{ key: '1' }] });
    expect(leftOut).toEqual([]);
    expect(kind.compose(record('1', root, parts), [])).toEqual({
      status: 'withheld',
      reason: 'nobody may read all of its parts',
    });
  });

  it('whose access cannot be decided is left out, also where narrowing is allowed', () => {
    for (const onNarrower of ['narrow', 'leave-out']) {
      const kind = kindOf({ ...account, with: { owner, cases: { ...cases, onNarrower } } }, strict);
      expect(composed(kind, record('1', root, { cases: [caseOf('1', null)] }))).toMatchObject({
        document: { parts: [] },
        leftOut: [{ part: 'cases', records: 1, reason: 'its access cannot be decided' }],
      });
    }
  });

  it('takes its own parts with it, and its classification and trust do not count', () => {
    const rules = { 'crm.Case': { ...rule, classification: 'restricted', trust: 'external' } } as const;
    const comments = { from: 'crm.Comment', on: { parent: 'Id', part: 'CaseId' } };
    const kind = kindOf(
      { ...account, with: { owner, cases: { ...cases, with: { comments } } } },
      context({ streams: streams(rules) }),
    );
    expect(composed(kind, record('1', root, parts)).document).toMatchObject({
      parts: [],
      classification: 'internal',
      trust: 'internal',
    });
  });

  it('is bound by the rule of its stream, whatever its own rule says', () => {
    const open = { ...cases, access: { everyone: 'cases are for everyone' } };
    const kind = kindOf({ ...account, with: { owner, cases: open } }, strict);
    const { document, leftOut } = composed(kind, record('1', root, parts));
    expect(document.parts).toHaveLength(0);
    expect(leftOut).toMatchObject([{ part: 'cases' }]);
  });

  it('is bound by the rule of its stream also where it is the root', () => {
    const rule = { access: { allow: ['group:support'], deny: [] } };
    const kind = kindOf(
      { ...account, with: {}, body: '{{Name}}' },
      context({ streams: streams({ 'crm.Account': rule }) }),
    );
    expect(composed(kind, record('1', root, {})).document.access).toEqual({
      allow: ['group:support'],
      deny: [],
    });
  });

  it('leaves metadata that would come from it empty', () => {
    const user = { ...owner, access: { allow: ['group:hr'] } };
    const kind = kindOf({
      ...account,
      with: { owner: user, cases },
      metadata: { owner_email: 'owner.Email' },
    });
    const ada = record('005A', { Email: 'ada@example.com', Name: 'Ada' });
    expect(composed(kind, record('1', root, { owner: [ada] })).document).toMatchObject({
      metadata: {},
      body: '# Acme',
    });
  });
});
