import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/load-config.ts';
import { changed, problemsOf } from './problems-of.ts';
import { environment, registry, valid } from './registry.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-config-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = (text: string, env: Readonly<Record<string, string | undefined>> = {}) =>
  parseConfig(text, registry, { env: { ...environment, ...env }, folder });

test('References stand for a whole value, inside a text, and with a default', async () => {
  const text = changed(
    ['clientId: tributary', 'clientId: "app-${STAGE}-${REGION:-eu}"'],
    ['account: acme', 'account: ${ACCOUNT:-acme}'],
    ['title: "{{Name}}"', 'title: "costs $${{Name}} or $${NAME}"'],
  );
  const config = await load(text, { STAGE: 'test' });
  expect(config.sources['crm']?.settings).toMatchObject({
    auth: { clientId: 'app-test-eu', clientSecret: 'crm-secret-value' },
  });
  expect(config.sources['dwh']?.settings).toMatchObject({ account: 'acme' });
  expect(config.kinds['account']?.title).toBe('costs $${{Name}} or ${NAME}');
});

test('A value from the environment becomes a number or true and false where one is due, and stays text elsewhere', async () => {
  const text = changed(
    ['loginUrl:', 'pageSize: ${PAGE}\n    deletes: ${DELETES}\n    loginUrl:'],
    ['plane:', 'batch: { maxDocuments: "${BATCH}" }\n    plane:'],
    ['account: acme', 'account: ${ACCOUNT}'],
  );
  const config = await load(text, { PAGE: '50', DELETES: 'false', BATCH: '7', ACCOUNT: '123' });
  expect(config.sources['crm']?.settings).toMatchObject({ pageSize: 50, deletes: false });
  expect(config.destinations['search']?.settings).toMatchObject({ batch: { maxDocuments: 7 } });
  expect(config.sources['dwh']?.settings).toMatchObject({ account: '123' });
});

test('A value from the environment that is no number is refused, and text in the file never becomes one', async () => {
  const text = changed(['loginUrl:', 'pageSize: ${PAGE}\n    deletes: "true"\n    loginUrl:']);
  expect(await problemsOf(text, { ...environment, PAGE: '5O' })).toEqual([
    '5:15 sources.crm.pageSize: must be a number, not text',
    '6:14 sources.crm.deletes: must be true or false, not text',
  ]);
});

test('An optional setting with an empty default is left out when its variable is not set', async () => {
  const text = changed([
    'plane:',
    'endpoint: ${ENDPOINT:-}\n    credentials:\n      id: ${ID:-}\n      key: ${KEY:-}\n    plane:',
  ]);
  expect((await load(text)).destinations['search']?.settings).not.toHaveProperty('endpoint');
  expect((await load(text)).destinations['search']?.settings).not.toHaveProperty('credentials');
  const set = await load(text, { ENDPOINT: 'http://127.0.0.1:9', ID: 'id-value', KEY: 'key-value' });
  expect(set.destinations['search']?.settings).toMatchObject({
    endpoint: 'http://127.0.0.1:9',
    credentials: { id: 'id-value', key: 'key-value' },
  });
});

test('Missing environment variables are reported together, each with its line and name, and cause no other problem', async () => {
  const text = changed(['loginUrl: https://acme.example.com', 'loginUrl: ${CRM_URL}\n    pageSize: ${PAGE}']);
  expect(await problemsOf(text, { INDEX_KEY: '', CRM_SECRETS: 'x' })).toEqual([
    '5:15 sources.crm.loginUrl: environment variable CRM_URL is not set; set it, or add it to .env beside the configuration',
    '6:15 sources.crm.pageSize: environment variable PAGE is not set; set it, or add it to .env beside the configuration',
    '10:21 sources.crm.auth.clientSecret: environment variable CRM_SECRET is not set; did you mean CRM_SECRETS? Or set it, or add it to .env beside the configuration',
    '21:20 sources.dwh.auth.token: environment variable WAREHOUSE_TOKEN is not set; set it, or add it to .env beside the configuration',
    '31:13 destinations.search.apiKey: environment variable INDEX_KEY is empty; set it, or add it to .env beside the configuration',
  ]);
});

test('What looks like a reference and is none is refused', async () => {
  expect(await problemsOf(changed(['account: acme', 'account: "${my-account}"']))).toEqual([
    '19:14 sources.dwh.account: `${` does not begin a reference; write ${NAME} or ${NAME:-default}; $${ stands for ${ itself',
  ]);
});

test('file: takes the text of a file beside the configuration, without the line break at its end', async () => {
  await writeFile(join(folder, 'secret.txt'), 'from-a-file\n');
  await writeFile(join(folder, 'account.md'), '# {{Name}}\n\n{{Nope}}\n');
  const text = changed(
    ['${CRM_SECRET}', 'file:secret.txt'],
    [valid.slice(valid.indexOf('|\n'), valid.indexOf('    metadata')), 'file:account.md\n'],
  );
  const config = await load(text);
  expect(config.sources['crm']?.settings).toMatchObject({ auth: { clientSecret: 'from-a-file' } });
  expect(config.kinds['account']?.body).toBe('# {{Name}}\n\n{{Nope}}');
  expect(config.locate?.('kinds.account.body', { line: 3, column: 1 })).toEqual({
    file: join(folder, 'account.md'),
    line: 3,
    column: 1,
  });
});

test('A file that is not there, is a folder, or is too large is a problem at its line', async () => {
  await writeFile(join(folder, 'large'), 'x'.repeat(1_048_577));
  const problem = async (path: string) => {
    const text = changed(['${CRM_SECRET}', `file:${path}`]);
    return parseConfig(text, registry, { env: environment, folder }).then(
      String,
      (error: Error) => error.message,
    );
  };
  const place = 'connectors.config.yaml:9:21 sources.crm.auth.clientSecret: ';
  expect(await problem('nowhere')).toBe(
    `${place}there is no such file; the path starts from the configuration's folder`,
  );
  expect(await problem('.')).toContain(`${place}the file cannot be read (EISDIR)`);
  expect(await problem('large')).toContain(`${place}the file is larger than 1 MiB`);
});

test.each(['hush-hush', '12345678', '${CRM_SECRET:-hush-hush}', 'hush-${CRM_SECRET}', '"$${hush-hush}"'])(
  'A secret that stands in the file (%s) is refused and not repeated',
  async (written) => {
    const problems = await problemsOf(changed(['clientSecret: ${CRM_SECRET}', `clientSecret: ${written}`]));
    expect(problems).toEqual([
      '9:21 sources.crm.auth.clientSecret: a secret must not stand in the file; write ${NAME} or file:path',
    ]);
  },
);

test('A value from the environment is never read as a reference itself', async () => {
  const config = await load(changed(['account: acme', 'account: ${ACCOUNT}']), {
    ACCOUNT: 'file:${CRM_SECRET}',
  });
  expect(config.sources['dwh']?.settings).toMatchObject({ account: 'file:${CRM_SECRET}' });
});

test('A problem with a value from the environment shows its reference, not the value', async () => {
  const text = changed(
    ['from: crm.Contact', 'from: "${STREAM}"'],
    ['kinds: [account]', 'kinds: ["${KIND}"]'],
  );
  expect(await problemsOf(text, { ...environment, STREAM: 'crm.hush', KIND: 'hush' })).toEqual([
    '46:15 kinds.account.with.contacts.from: there is no stream ${STREAM}; known here: crm.Account, crm.Contact, crm.User, dwh.USAGE',
    '64:13 pipelines.main.kinds[0]: there is no kind ${KIND}; known here: account',
  ]);
});
