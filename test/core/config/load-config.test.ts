import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig, parseConfig } from '../../../core/config/load-config.ts';
import { redact } from '../../../core/config/redact.ts';
import { changed } from './problems-of.ts';
import { environment, registry, valid } from './registry.ts';

let folder = '';
let file = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-config-'));
  file = join(folder, 'connectors.config.yaml');
  await writeFile(file, valid);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('A configuration is read with defaults filled in and durations in milliseconds', async () => {
  const config = await loadConfig(file, registry, { env: environment });
  expect(config).toMatchObject({ folder, namespace: 'acme', catalog: { path: '.tributary/catalog.sqlite' } });
  expect(config.sources['crm']).toMatchObject({
    name: 'crm',
    settings: { loginUrl: 'https://acme.example.com', pageSize: 2000, deletes: true, lag: 60_000 },
  });
  expect(config.sources['dwh']?.streams['USAGE']).toEqual({
    id: 'dwh.USAGE',
    name: 'USAGE',
    fields: ['ACCOUNT', 'DAY', 'SEATS'],
    access: undefined,
    classification: undefined,
    trust: undefined,
    options: { table: 'PUBLIC.USAGE', key: ['ACCOUNT', 'DAY'] },
  });
  expect(config.destinations['search']).toMatchObject({ plane: 'stateless', accepts: 'confidential' });
  expect(config.kinds['account']).toMatchObject({
    classification: 'internal',
    access: { allow: ['group:sales'], deny: [] },
    with: { contacts: { limit: 100, one: false, required: true, onNarrower: 'leave-out' } },
  });
  expect(config.pipelines['main']?.schedule).toEqual({ cron: '0 6 * * 1-5', timeZone: 'Europe/Berlin' });
});

test('.env beside the configuration fills in what the environment does not set, and changes no environment', async () => {
  await writeFile(join(folder, '.env'), 'CRM_SECRET="line one\\nline two"\nINDEX_KEY=from-dotenv\n');
  const before = { ...process.env };
  const config = await loadConfig(file, registry, {
    env: { WAREHOUSE_TOKEN: 'token-value', INDEX_KEY: 'from-environment', CRM_SECRET: undefined },
  });
  expect(config.sources['crm']?.settings).toMatchObject({ auth: { clientSecret: 'line one\nline two' } });
  expect(config.destinations['search']?.settings).toMatchObject({ apiKey: 'from-environment' });
  expect(process.env).toEqual(before);
});

test('The process environment is used when none is given', async () => {
  const error = await loadConfig(file, registry).then(String, (thrown: Error) => thrown.message);
  expect(error).toContain('environment variable CRM_SECRET is not set');
});

test('A missing configuration says how to write one', async () => {
  await expect(loadConfig(join(folder, 'nowhere.yaml'), registry)).rejects.toMatchObject({
    name: 'ConfigError',
    code: 'CONFIG_NOT_FOUND',
    where: join(folder, 'nowhere.yaml'),
    hint: expect.stringContaining('tributary init'),
  });
});

test('A configuration or .env that cannot be read is a problem for a person, not a crash', async () => {
  await expect(loadConfig(folder, registry)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  await mkdir(join(folder, '.env'));
  await expect(loadConfig(file, registry)).rejects.toMatchObject({
    code: 'CONFIG_UNREADABLE',
    where: join(folder, '.env'),
  });
});

test('Problems name the file as it was given', async () => {
  await writeFile(file, changed(['namespace: acme', 'namespace: "!"']));
  await expect(loadConfig(file, registry, { env: environment })).rejects.toMatchObject({
    where: `${file}:1:12`,
  });
});

test('Only the connectors that a configuration names are loaded', async () => {
  const refuse = () => Promise.reject(new Error('not needed'));
  const wider = { ...registry, sources: { ...registry.sources, other: refuse } };
  expect((await loadConfig(file, wider, { env: environment })).sources).toHaveProperty('crm');
});

test('A value is found in the file by its path, and a place inside a template too', async () => {
  const config = await parseConfig(valid, registry, { env: environment, file: 'c.yaml' });
  const locate = config.locate ?? (() => undefined);
  expect(locate('kinds.account.title')).toEqual({ file: 'c.yaml', line: 52, column: 12 });
  expect(locate('kinds.account.title', { line: 1, column: 3 })).toEqual({
    file: 'c.yaml',
    line: 52,
    column: 15,
  });
  expect(locate('kinds.account.body')).toEqual({ file: 'c.yaml', line: 53, column: 11 });
  expect(locate('kinds.account.body', { line: 3, column: 3 })).toEqual({
    file: 'c.yaml',
    line: 56,
    column: 9,
  });
  expect(locate('kinds.account.with')).toEqual({ file: 'c.yaml', line: 35, column: 5 });
  expect(locate('kinds.account.access.allow[0]')).toEqual({ file: 'c.yaml', line: 61, column: 23 });
  expect(locate('kinds.account.with.nobody.from')).toEqual({ file: 'c.yaml', line: 35, column: 5 });
  expect(locate('nowhere')).toEqual({ file: 'c.yaml', line: 1, column: 1 });
  expect(Object.keys(config)).not.toContain('locate');
});

test('A configuration is shown without its secrets, also where a connector has built them into something else', async () => {
  const config = await parseConfig(valid, registry, { env: environment });
  const shown = JSON.stringify(redact(config));
  for (const secret of Object.values(environment)) expect(shown).not.toContain(secret);
  expect(redact(config)).toMatchObject({
    sources: {
      crm: { type: 'crm', settings: { auth: { clientId: 'tributary', clientSecret: '[secret]' } } },
    },
    destinations: { search: { settings: { apiKey: '[secret]', header: 'Bearer [secret]' } } },
    kinds: { account: { from: 'crm.Account' } },
  });
  const copied = redact({ ...config, namespace: 'copied' });
  expect(JSON.stringify(copied)).not.toContain('index-key-value');
});
