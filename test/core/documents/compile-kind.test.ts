import { describe, expect, it } from 'vitest';
import { isInvalidKind, type KindProblem } from '../../../core/documents/problems.ts';
import { account, cases, context, kindOf, owner, streams } from './fixtures.ts';

function problemsOf(config: object, given = context()): { code: string; problems: readonly KindProblem[] } {
  try {
    kindOf(config, given);
  } catch (error) {
    if (isInvalidKind(error)) return { code: error.code, problems: error.problems };
    throw error;
  }
  return { code: 'none', problems: [] };
}

const full = {
  ...account,
  where: { Tier: ['Gold', 'Silver'] },
  url: 'https://{{Website}}',
  metadata: { industry: 'Industry', owner_email: 'owner.Email', line: { template: '{{Revenue}}' } },
  access: { allow: ['user:{{owner.Email}}'], deny: ['tag:{{Tags}}'] },
  with: {
    owner: { ...owner, access: { allow: ['user:{{Id}}'] } },
    cases: {
      ...cases,
      where: { Status: { not: 'Closed' } },
      order: 'CreatedDate desc',
      limit: 10,
      required: false,
      wait: '15m',
      with: { comments: { from: 'crm.Comment', on: { parent: 'Id', part: 'CaseId' } } },
    },
  },
};

describe('a compiled kind', () => {
  it('names every field whose change can change a document: templates, metadata, access, joins, where, order', () => {
    const kind = kindOf(full);
    expect(Object.fromEntries(kind.nodes.map((node) => [node.path, node.fields]))).toEqual({
      '': ['Id', 'Industry', 'Name', 'OwnerId', 'Revenue', 'Tags', 'Tier', 'Website'],
      owner: ['Email', 'Id', 'Name'],
      cases: ['AccountId', 'CreatedDate', 'Id', 'Status', 'Subject'],
      'cases.comments': ['CaseId'],
    });
  });

  it('counts the fields of a stream rule, also where the part has a rule of its own', () => {
    const rule = { access: { allow: ['group:{{Team}}'], deny: [] } };
    const given = context({ streams: streams({ 'crm.Case': rule }) });
    const fields = (config: object) =>
      kindOf(config, given).nodes.find((node) => node.name === 'cases')?.fields;
    expect(fields({ ...account, with: { owner, cases } })).toContain('Team');
    const own = { ...cases, access: { everyone: 'cases are for everyone' } };
    expect(fields({ ...account, with: { owner, cases: own } })).toContain('Team');
  });

  it('has its nodes in the order of the configuration, with joins, order and limits made plain', () => {
    const [root, user, list, comments] = kindOf(full).nodes;
    expect(root).toMatchObject({
      path: '',
      name: '',
      stream: 'crm.Account',
      one: true,
      required: true,
      join: undefined,
    });
    expect(user).toMatchObject({ path: 'owner', one: true, limit: 1, order: undefined });
    expect(list).toMatchObject({
      name: 'cases',
      join: { parent: { field: 'Id', as: 'salesforceId' }, part: { field: 'AccountId', as: 'exact' } },
      order: { field: 'CreatedDate', descending: true },
      limit: 10,
      required: false,
      waitMs: 900_000,
      where: { Status: { not: 'Closed' } },
    });
    expect(comments).toMatchObject({ path: 'cases.comments', name: 'comments', limit: 100 });
    expect(root?.children).toEqual([user, list]);
  });
});

describe('the fingerprint of a kind', () => {
  const base = { ...account, with: { owner, cases } };

  it('is the same for the same configuration, whatever the order of its keys', () => {
    const reversed = Object.fromEntries(Object.entries(base).reverse());
    expect(kindOf(reversed).fingerprint).toBe(kindOf(base).fingerprint);
  });

  it('changes with the kind, with the rules of its streams, with where records come from and with their links', () => {
    const systems = context().systems;
    const crm = systems['crm'] ?? { system: '', instance: '' };
    const prints = [
      kindOf(base),
      kindOf({ ...base, body: `${base.body}.` }),
      kindOf(base, context({ namespace: 'other' })),
      kindOf(base, context({ streams: streams({ 'crm.Case': { classification: 'restricted' } }) })),
      kindOf(base, context({ streams: streams({ 'crm.Case': { trust: 'external' } }) })),
      kindOf(base, context({ streams: streams({ 'crm.Case': { access: { allow: ['a'], deny: [] } } }) })),
      kindOf(base, context({ systems: { ...systems, crm: { ...crm, instance: '00D2' } } })),
      kindOf(
        base,
        context({ systems: { ...systems, crm: { ...crm, link: () => 'https://moved.example' } } }),
      ),
    ].map((kind) => kind.fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  it('does not change with a stream that the kind does not use, or with fields that it does not read', () => {
    const other = streams({ 'lake.USAGE': { classification: 'restricted' }, 'crm.Case': {} });
    const wider = {
      ...other,
      'crm.User': { ...other['crm.User'], fields: ['Id', 'Name', 'Email', 'Phone'] },
    };
    expect(kindOf(base, context({ streams: wider as never })).fingerprint).toBe(kindOf(base).fingerprint);
  });
});

describe('what is wrong with a kind', () => {
  it('is said with the path, the line within the template and the nearest real name', () => {
    const { code, problems } = problemsOf({
      ...account,
      with: { owner, cases },
      body: 'Hello\n{{Industri}}',
    });
    expect(code).toBe('TEMPLATE_UNKNOWN_FIELD');
    expect(problems).toEqual([
      {
        code: 'TEMPLATE_UNKNOWN_FIELD',
        path: 'kinds.account.body',
        inside: { line: 2, column: 3 },
        message: 'unknown field Industri of crm.Account',
        hint: 'did you mean Industry?',
      },
    ]);
  });

  it('is reported all at once', () => {
    const { code, problems } = problemsOf({
      from: 'crm.Account',
      where: { Teir: 'Gold' },
      title: '{{Nmae}}',
      body: '{{shout Name}}',
      url: '{{Websit}}',
      metadata: {
        score: 'Revenue',
        industry: 'Industri',
        many: 'cases.Subject',
        whole: 'owner',
        day: { field: 'Since', type: 'instant' },
        day_epoch: 'Since',
        line: { template: '{{Nope}}' },
      },
      access: { allow: ['user:{{OwnrId}}'], deny: ['{{#if Name}}x{{/if}}'] },
      with: {
        owner: { ...owner, on: { parent: 'OwnrId', part: 'Ident' } },
        cases: { ...cases, order: 'Created desc', where: { CreatedDate: { gt: 'today-90d' } } },
      },
    });
    expect(code).toBe('KIND_INVALID');
    expect(problems.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual([
      'kinds.account.access.allow[0]: unknown field OwnrId of crm.Account',
      'kinds.account.access.deny[0]: blocks are not available here',
      'kinds.account.body: unknown helper shout',
      'kinds.account.metadata.day: day_epoch is declared too, and an instant gives that name by itself',
      'kinds.account.metadata.industry: unknown field Industri of crm.Account',
      'kinds.account.metadata.line.template: unknown field Nope of crm.Account',
      'kinds.account.metadata.many: cases may hold many records',
      'kinds.account.metadata.score: score has a meaning of its own',
      'kinds.account.metadata.whole: owner is a part, not a field',
      'kinds.account.title: unknown field Nmae of crm.Account',
      'kinds.account.url: unknown field Websit of crm.Account',
      'kinds.account.where.Teir: unknown field Teir of crm.Account',
      'kinds.account.with.cases.order: unknown field Created of crm.Case',
      'kinds.account.with.cases.where: a condition cannot name today',
      'kinds.account.with.owner.on.parent: unknown field OwnrId of crm.Account',
      'kinds.account.with.owner.on.part: unknown field Ident of crm.User',
    ]);
  });

  it('is an unknown stream before anything else', () => {
    const config = { ...account, with: { owner: { ...owner, from: 'crm.Usr' } }, body: '{{Nope}}' };
    expect(problemsOf(config).problems).toEqual([
      {
        code: 'KIND_INVALID',
        path: 'kinds.account.with.owner.from',
        message: 'unknown stream crm.Usr',
        hint: 'did you mean crm.User?',
      },
    ]);
  });

  it('is a part with the name of a field, or with a word of the template language', () => {
    const { problems } = problemsOf({ ...account, body: 'x', with: { Industry: owner, this: owner } });
    expect(problems.map((problem) => problem.message)).toEqual([
      'crm.Account has a field Industry too',
      'this cannot be the name of a part',
    ]);
  });

  it('is a stream rule that looks beyond its own record', () => {
    const given = context({
      streams: streams({ 'crm.Case': { access: { allow: ['{{comments.Team}}'], deny: [] } } }),
    });
    const comments = { from: 'crm.Comment', on: { parent: 'Id', part: 'CaseId' }, one: true };
    const { problems } = problemsOf(
      { ...account, with: { owner, cases: { ...cases, with: { comments } } } },
      given,
    );
    expect(problems).toMatchObject([{ path: 'sources.crm.streams.Case.access.allow[0]' }]);
  });

  it('names its messages in one text for a person, one line each', () => {
    expect(() => kindOf({ ...account, with: { owner, cases }, title: '{{A1}}', body: '{{B1}}' })).toThrow(
      /^kinds\.account\.title line 1: unknown field A1 .*\nkinds\.account\.body line 1: unknown field B1 /,
    );
  });
});
