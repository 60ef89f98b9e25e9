import { expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/load-config.ts';
import { isInvalidConfig } from '../../../core/config/problems.ts';
import { isConfigError } from '../../../core/contract/errors.ts';
import { changed, problemsOf } from './problems-of.ts';
import { environment, registry, valid } from './registry.ts';

test('A valid configuration has no problems', async () => {
  expect(await problemsOf(valid)).toEqual([]);
});

test('Every problem is reported at once, in the order of the file, with its place and what was meant', async () => {
  const text = changed(
    ['namespace: acme', 'namespace: Acme'],
    ['clientId: tributary', 'clientIdd: tributary'],
    ['plane: stateless', 'plane: stateles'],
    ['order: LastName desc', 'limit: many'],
    ['kinds: [account]', 'kinds: [acount]'],
  );
  const error: unknown = await parseConfig(text, registry, { env: environment }).catch(
    (thrown: unknown) => thrown,
  );
  if (!isInvalidConfig(error)) throw error;
  expect(error.message.split('\n')).toEqual([
    'connectors.config.yaml:1:12 namespace: must be lower case: letters, digits, - and _, starting with a letter',
    'connectors.config.yaml:8:7 sources.crm.auth.clientIdd: unknown key; did you mean clientId?',
    'connectors.config.yaml:29:12 destinations.search.plane: must be one of stateful, stateless; did you mean stateless?',
    'connectors.config.yaml:48:16 kinds.account.with.contacts.limit: must be a number, not text',
    'connectors.config.yaml:64:13 pipelines.main.kinds[0]: there is no kind acount; did you mean account?',
  ]);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', where: 'connectors.config.yaml:1:12' });
  expect(isConfigError(error)).toBe(true);
  expect(error.problems[1]).toEqual({
    file: 'connectors.config.yaml',
    line: 8,
    column: 7,
    path: 'sources.crm.auth.clientIdd',
    message: 'unknown key',
    hint: 'did you mean clientId?',
  });
});

test.each([
  [
    'at the top',
    ['namespace: acme', 'namespace: acme\nkind: {}'],
    '2:1 kind: unknown key; did you mean kinds?',
  ],
  [
    'in a schema that is not strict',
    ['loginUrl:', 'loginUrll: x\n    loginUrl:'],
    '5:5 sources.crm.loginUrll: unknown',
  ],
  [
    'in an alternative that is not strict',
    ['clientId:', 'user: x\n      clientId:'],
    '8:7 sources.crm.auth.user: unknown',
  ],
  [
    'in a strict alternative',
    ['{ token: ', '{ tokenn: x, token: '],
    '20:13 sources.dwh.auth.tokenn: unknown key; did',
  ],
  [
    'of a stream',
    ['      Account:', '      Account:\n        curser: Id'],
    '12:9 sources.crm.streams.Account.curser: unknown',
  ],
  [
    'before a transform',
    ['plane:', 'apikey: x\n    plane:'],
    '29:5 destinations.search.apikey: unknown key; did you mean apiKey?',
  ],
  [
    'in a nested section',
    ['plane:', 'batch: { size: 3 }\n    plane:'],
    '29:14 destinations.search.batch.size: unknown key; known here: maxDocuments',
  ],
  [
    'of a kind',
    ['title:', 'titel: x\n    title:'],
    '52:5 kinds.account.titel: unknown key; did you mean title?',
  ],
  [
    'of a condition',
    ['{ exists: true }', '{ exist: true }'],
    '34:22 kinds.account.where.Name.exist: unknown key; did you mean exists?',
  ],
  [
    'that the engine would know',
    ['plane:', 'plan: x\n    plane:'],
    '29:5 destinations.search.plan: unknown key; did you mean plane?',
  ],
] as const)('An unknown key %s is refused', async (_where, change, expected) => {
  const problems = await problemsOf(changed(change));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

test('A misspelt key is one problem: the right key is not reported as missing too', async () => {
  expect(await problemsOf(changed(['access: {', 'acess: {']))).toEqual([
    '61:5 kinds.account.acess: unknown key; did you mean access?',
  ]);
});

test.each([
  [
    'a missing key at its section',
    ['    plane: stateless\n', ''],
    '27:3 destinations.search.plane: is missing: one of stateful, stateless',
  ],
  [
    'a missing key of the top at the beginning',
    ['namespace: acme\n', ''],
    '1:1 namespace: is missing; text is expected',
  ],
  [
    'an empty key',
    ['table: PUBLIC.USAGE', 'table:'],
    '23:15 sources.dwh.streams.USAGE.table: is empty; text is expected',
  ],
  [
    'a number where text is due',
    ['account: acme', 'account: 123'],
    '19:14 sources.dwh.account: must be text, not a number; put quotes',
  ],
  [
    'an empty list',
    ['[Id, AccountId, LastName]', '[]'],
    '14:9 sources.crm.streams.Contact.fields: must not be empty',
  ],
  [
    'a number beyond its bounds',
    ['loginUrl:', 'pageSize: 5000\n    loginUrl:'],
    '5:15 sources.crm.pageSize: must be at most 2000',
  ],
  [
    'a choice that does not exist',
    ['method: password', 'method: pasword'],
    '7:15 sources.crm.auth.method: must be one of password, key; did you mean password?',
  ],
  [
    'an address that is not https',
    ['https://acme', 'http://acme'],
    '5:15 sources.crm.loginUrl: must be https',
  ],
  [
    'a connector that does not exist',
    ['type: warehouse', 'type: warehose'],
    '18:11 sources.dwh.type: there is no connector warehose for a source; did you mean warehouse?',
  ],
  [
    'a destination used as a source',
    ['type: warehouse', 'type: index'],
    '18:11 sources.dwh.type: index cannot be a source; known here: crm, warehouse',
  ],
  [
    'a key with a name that cannot be',
    ['  main:', '  Main!:'],
    '63:3 pipelines["Main!"]: must be lower case',
  ],
  [
    'text where a section is due',
    ['kinds: [account]', 'kinds: account'],
    '64:12 pipelines.main.kinds: must be a list, not text',
  ],
  [
    'what none of the alternatives takes',
    ['where: { Name: { exists: true } }', 'where: { Name: { gt: [1] } }'],
    '34:22 kinds.account.where.Name.gt: must be text, or a number, not a list',
  ],
] as const)('The report names %s', async (_what, change, expected) => {
  const problems = await problemsOf(changed(change));
  expect(
    problems.filter((line) => line.startsWith(expected)),
    problems.join('\n'),
  ).toHaveLength(1);
});

test('A schema that throws, or quotes a secret in its own message, gives an ordinary problem without the secret', async () => {
  const { z } = await import('zod');
  const { secret } = await import('../../../core/config/fields.ts');
  const refine = (config: import('zod').ZodType) => ({
    ...registry,
    destinations: { index: async () => ({ ...(await registry.destinations['index']!()), config }) },
  });
  const quoting = refine(
    z.object({ apiKey: secret().refine(() => false, { error: ({ input }) => `bad ${input}` }) }),
  );
  await expect(parseConfig(valid, quoting, { env: environment })).rejects.toThrow(/^\S+ \S+apiKey: bad …$/);
  const throwing = refine(
    z.object({
      apiKey: secret().transform((key) => {
        throw new TypeError(key);
      }),
    }),
  );
  const thrown = parseConfig(valid, throwing, { env: environment });
  await expect(thrown).rejects.toThrow('27:3 destinations.search: is not accepted (TypeError)');
});

test.each([
  ['a tab', 'a:\n\tb: 1', '2:1 malformed YAML: indent with spaces, not with tabs'],
  ['a missing quote', 'a: "b\nc: 1\n', 'malformed YAML'],
  [
    'two keys on a line',
    'a: b: c',
    '1:4 malformed YAML: a second `key:` on one line; a text that contains `: ` needs quotes',
  ],
  ['a key twice', 'a: 1\nb: 2\na: 3', '3:1 malformed YAML: this key stands twice in its section'],
  ['an unknown alias', 'a: *b', '1:4 a: an alias (*name) needs an anchor'],
  ['a tag', 'a: !secret b', '1:4 malformed YAML: tags'],
  ['two documents', 'a: 1\n---\nb: 1', '2:1 malformed YAML: only one document'],
  ['a template without quotes', 'title: {{Name}}', '1:9 title: a key must be text; put quotes around'],
  ['an alias to its own parent', 'a: &x [*x]', 'nested too deeply, or too large'],
  [
    'aliases that multiply',
    `a0: &a0 [1]\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`,
    'too large',
  ],
  ['deep nesting', '['.repeat(10_000), '1:967 malformed YAML: nested too deeply'],
  ['no content', '# nothing yet\n', '1:1 the configuration is empty; run `tributary init`'],
  ['a list', '- a', '1:1 a configuration is a section'],
  ['a forbidden key', '__proto__: { a: 1 }', '1:1 the key __proto__ is not supported'],
] as const)('Malformed YAML (%s) is shown with line and column', async (_what, text, expected) => {
  expect((await problemsOf(text)).join('\n')).toContain(expected);
});

test('One mistake in the syntax is one problem, however much of what follows it upsets', async () => {
  expect(await problemsOf('a: { b: ${NAME}, c: d }\ne:\n  f: g\nh: i\n')).toEqual([
    '1:10 malformed YAML: this does not belong here; a closing quote or bracket, or the indentation, may be wrong; inside { } and [ ], ${NAME} needs quotes: "${NAME}"',
  ]);
});

test('A syntax error does not quote the file, which may hold a secret', async () => {
  expect((await problemsOf('a: "x" "hush-hush"\nb: @hush-hush\nc: [hush-hush')).join('\n')).not.toContain(
    'hush',
  );
});
