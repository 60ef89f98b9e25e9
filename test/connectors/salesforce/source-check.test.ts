import { generateKeyPairSync } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { salesforce } from '../../../connectors/salesforce/index.ts';
import {
  accounts,
  accountsTable,
  contactsTable,
  openOrg,
  readAll,
  recordsOf,
  streamOf,
  type OrgBench,
} from './bench.ts';

let bench: OrgBench | undefined;
afterEach(async () => {
  await bench?.emulator.close();
  bench = undefined;
});
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (key: typeof keys.privateKey): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwt = {
  publicKey: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  username: 'tributary@example.com',
};

test('an unknown field is named with the nearest real one and its place in the configuration', async () => {
  bench = await openOrg([accountsTable(1)]);
  const source = await bench.connect();
  await expect(source.check([streamOf('Account', ['Name', 'AnualRevenue'])])).rejects.toMatchObject({
    name: 'ConfigError',
    code: 'SALESFORCE_FIELD_UNKNOWN',
    message: 'Account has no field AnualRevenue for this user',
    where: 'sources.crm.streams.Account.fields',
    hint: 'Did you mean AnnualRevenue?',
  });
});

test('a field of a related object is refused with the way to have it', async () => {
  bench = await openOrg([accountsTable(1)]);
  await expect((await bench.connect()).check([streamOf('Account', ['Owner.Name'])])).rejects.toMatchObject({
    hint: 'Read the other object as a stream of its own and join it',
  });
});

test('a field that the integration user may not see is unknown', async () => {
  bench = await openOrg([accountsTable(1)], { fieldSettings: { 'Account.AnnualRevenue': { hidden: true } } });
  await expect((await bench.connect()).check([accounts])).rejects.toMatchObject({
    code: 'SALESFORCE_FIELD_UNKNOWN',
  });
});

test('an unknown object is named with the nearest real one', async () => {
  bench = await openOrg([accountsTable(1), contactsTable(1)]);
  await expect((await bench.connect()).check([streamOf('Contacts', ['LastName'])])).rejects.toMatchObject({
    code: 'SALESFORCE_OBJECT_UNKNOWN',
    where: 'sources.crm.streams.Contacts',
    hint: expect.stringContaining('Did you mean Contact?'),
  });
});

test('an API version that the org does not offer is named as such', async () => {
  bench = await openOrg([accountsTable(1)]);
  await expect((await bench.connect({ apiVersion: '99.0' })).check([accounts])).rejects.toMatchObject({
    code: 'SALESFORCE_API_UNKNOWN',
    where: 'sources.crm.apiVersion',
  });
});

test('an instance without https is never spoken to', async () => {
  bench = await openOrg([accountsTable(1)]);
  const instance_url = 'http://acme.my.salesforce.com';
  const body = { access_token: 'token', instance_url, id: 'https://login.salesforce.com/id/00D/005' };
  bench.emulator.server.fault({ when: () => true, effect: { kind: 'reply', reply: { status: 200, body } } });
  await expect((await bench.connect()).identity()).rejects.toMatchObject({
    code: 'SALESFORCE_INSTANCE_INSECURE',
  });
});

test('a cursor field that may be empty is refused', async () => {
  bench = await openOrg([accountsTable(1)]);
  const stream = streamOf('Account', ['Name'], { cursor: 'LastCall__c' });
  await expect((await bench.connect()).check([stream])).rejects.toMatchObject({
    code: 'SALESFORCE_CURSOR_UNUSABLE',
    where: 'sources.crm.streams.Account.cursor',
  });
});

test('formula fields are allowed with a warning', async () => {
  bench = await openOrg([accountsTable(1)]);
  await (await bench.connect()).check([streamOf('Account', ['Score__c'])]);
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: { object: 'Account', fields: 'Score__c' } }),
  );
});

test('wrong client credentials are told in the words of Salesforce, without the secret', async () => {
  bench = await openOrg([accountsTable(1)]);
  const auth = { clientId: bench.emulator.env['SALESFORCE_CLIENT_ID'], clientSecret: 'not-the-secret' };
  const failure = await (await bench.connect({ auth })).check([accounts]).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    name: 'ConfigError',
    code: 'SALESFORCE_LOGIN_REFUSED',
    message: 'Salesforce refused the login (invalid_client: invalid client credentials)',
    where: 'sources.crm.auth',
  });
  expect(JSON.stringify([failure, String(failure), bench.log.lines])).not.toContain('not-the-secret');
});

test('a signed assertion logs in and the session is signed for again when it ends', async () => {
  bench = await openOrg([accountsTable(2)], { jwt });
  const auth = {
    clientId: bench.emulator.env['SALESFORCE_CLIENT_ID'],
    username: jwt.username,
    privateKey: pem(keys.privateKey),
  };
  const source = await bench.connect({ auth });
  expect(recordsOf(await readAll(source, accounts))).toHaveLength(2);
  bench.emulator.expireSessions();
  expect(recordsOf(await readAll(source, accounts))).toHaveLength(2);
});

test('an assertion signed by another key, for another user or another host is refused', async () => {
  bench = await openOrg([accountsTable(1)], { jwt });
  const auth = {
    clientId: bench.emulator.env['SALESFORCE_CLIENT_ID'],
    username: jwt.username,
    privateKey: pem(keys.privateKey),
  };
  for (const wrong of [
    { privateKey: pem(otherKeys.privateKey) },
    { username: 'someone@example.com' },
    { audience: 'https://elsewhere.example.com' },
    { clientId: 'another' },
  ]) {
    const source = await bench.connect({ auth: { ...auth, ...wrong } });
    await expect(source.identity()).rejects.toMatchObject({ code: 'SALESFORCE_LOGIN_REFUSED' });
  }
  const unreadable = await bench.connect({ auth: { ...auth, privateKey: 'no key' } });
  await expect(unreadable.identity()).rejects.toMatchObject({ code: 'SALESFORCE_KEY_UNREADABLE' });
});

test('the identity of a source is the id of its organisation', async () => {
  bench = await openOrg([accountsTable(1)], { organizationId: '00D000000000062' });
  expect((await (await bench.connect()).identity()).instance).toBe('00D000000000062EAA');
});

test('discovery tells labels, help, picklist values, references, formulas and classifications', async () => {
  bench = await openOrg([accountsTable(1), contactsTable(1)]);
  const source = await bench.connect();
  expect((await source.discover()).map((one) => one.name)).toEqual(['Account', 'Contact']);
  const [account] = await source.discover(['Account']);
  expect(account).toMatchObject({
    name: 'Account',
    key: ['Id'],
    cursors: ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'],
  });
  const field = (name: string) => account!.fields.find((one) => one.name === name);
  expect(field('Name')).toEqual({ name: 'Name', type: 'string', label: 'Account Name', nullable: false });
  expect(field('Industry')).toMatchObject({
    help: 'Main line of business',
    values: [{ value: 'BANK', label: 'Banking' }],
  });
  expect(field('OwnerId')).toMatchObject({ type: 'reference', refersTo: ['User'] });
  expect(field('Score__c')).toMatchObject({ calculated: true });
  expect(field('AnnualRevenue')).toMatchObject({ sensitivity: 'Confidential' });
  expect(field('Phone')).toMatchObject({ sensitivity: 'PII' });
});

test('links lead to the record in Lightning, on the instance or where the configuration says', async () => {
  bench = await openOrg([]);
  expect((await (await bench.connect()).identity()).link).toBe(
    `${bench.emulator.url}/lightning/r/{stream}/{key}/view`,
  );
  const elsewhere = await bench.connect({ linkUrl: 'https://acme.my.salesforce.com/' });
  expect((await elsewhere.identity()).link).toBe(
    'https://acme.my.salesforce.com/lightning/r/{stream}/{key}/view',
  );
});

test('the configuration is refused with plain http beyond loopback, half a login and unknown settings', () => {
  const auth = { clientId: 'a', clientSecret: 'b' };
  const parse = (settings: Record<string, unknown>) =>
    salesforce.config.safeParse({ loginUrl: 'https://acme.my.salesforce.com', auth, ...settings }).success;
  expect(parse({})).toBe(true);
  expect(parse({ loginUrl: 'http://127.0.0.1:8080' })).toBe(true);
  expect(parse({ loginUrl: 'http://acme.my.salesforce.com' })).toBe(false);
  expect(parse({ auth: { clientId: 'a' } })).toBe(false);
  expect(parse({ auth: { clientId: 'a', username: 'u', privateKey: 'k' } })).toBe(true);
  expect(parse({ apiVersion: 'latest' })).toBe(false);
  expect(parse({ pagesize: 5 })).toBe(false);
  expect(parse({ lookback: '10 minutes' })).toBe(false);
  expect(salesforce.config.parse({ loginUrl: 'https://acme.my.salesforce.com', auth })).toMatchObject({
    lookback: 600_000,
    lag: 60_000,
  });
});
