import { Connection } from 'jsforce/lib/connection.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordId18 } from '../../../connectors/salesforce/record-id.ts';
import type { SalesforceEmulatorOptions } from '../../../connectors/salesforce/emulator/index.ts';
import { accountId, accountsTable, contactsTable, hour, openOrg, type OrgBench } from './bench.ts';

let bench: OrgBench;
let token: string;
const open = async (options: Omit<SalesforceEmulatorOptions, 'tables' | 'now'> = {}): Promise<void> => {
  bench = await openOrg([accountsTable(5), contactsTable(1)], options);
  token = (await logIn()).body.access_token;
};
beforeEach(() => open());
afterEach(() => bench.emulator.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
}
async function send(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(bench.emulator.url + path, {
    ...init,
    headers: { authorization: `Bearer ${token}`, ...init.headers },
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
}
const logIn = (form: Record<string, string> = {}): Promise<Answer> =>
  send('/services/oauth2/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: bench.emulator.env['SALESFORCE_CLIENT_ID']!,
      client_secret: bench.emulator.env['SALESFORCE_CLIENT_SECRET']!,
      ...form,
    }),
  });
const query = (soql: string, resource = 'query', headers: Record<string, string> = {}): Promise<Answer> =>
  send(`/services/data/v62.0/${resource}?q=${encodeURIComponent(soql)}`, { headers });
const namesOf = (answer: Answer): string[] => answer.body.records.map((one: { Name: string }) => one.Name);

test('a record comes with its attributes, stamps in whole seconds and typed values', async () => {
  const soql = `SELECT Id, Name, AnnualRevenue, Active__c, Phone, SystemModstamp FROM Account WHERE Name = 'company 2'`;
  expect((await query(soql)).body).toEqual({
    totalSize: 1,
    done: true,
    records: [
      {
        attributes: { type: 'Account', url: `/services/data/v62.0/sobjects/Account/${accountId(2)}` },
        Id: accountId(2),
        Name: 'Company 2',
        AnnualRevenue: 10.5,
        Active__c: false,
        Phone: null,
        SystemModstamp: '2026-01-15T11:00:00.000+0000',
      },
    ],
  });
});

test('filters, nesting, nulls, lists, patterns, order and limits are those of SOQL', async () => {
  const where = async (condition: string): Promise<string> =>
    namesOf(await query(`SELECT Name FROM Account WHERE ${condition} ORDER BY Name DESC`))
      .map((name) => name.slice(-1))
      .join('');
  expect(await where("AnnualRevenue >= 21 AND (Active__c = true OR Name = 'Company 4')")).toBe('543');
  expect(await where("Phone = null AND NOT Name LIKE 'company 1%'")).toBe('5432');
  expect(await where("Phone != 'x'")).toBe('54321');
  expect(await where("Name IN ('Company 1', 'Company 5')")).toBe('51');
  expect(await where("Name NOT IN ('Company 1', 'Company 5')")).toBe('432');
  expect(await where("Name LIKE 'Company\\_1'")).toBe('');
  expect(await where(`Id > '${accountId(3).slice(0, 15)}'`)).toBe('54');
  expect(await where('SystemModstamp < 2026-01-15T11:00:01Z')).toBe('321');
  expect(await where('SystemModstamp < 2026-01-15T13:00:01+02:00')).toBe('321');
  expect(namesOf(await query('SELECT Name FROM Account ORDER BY Id LIMIT 2 OFFSET 1'))).toEqual([
    'Company 2',
    'Company 3',
  ]);
  expect((await query('SELECT COUNT() FROM Account')).body).toEqual({
    totalSize: 5,
    done: true,
    records: [],
  });
});

test.each([
  ['SELECT Id FROM Acount', 'INVALID_TYPE', "sObject type 'Acount' is not supported"],
  ['SELECT Foo FROM Account', 'INVALID_FIELD', "No such column 'Foo' on entity 'Account'"],
  ["SELECT Id FROM Account WHERE Foo = 'x'", 'INVALID_FIELD', "No such column 'Foo'"],
  ['SELECT Id, Id FROM Account', 'INVALID_FIELD', 'duplicate field selected: Id'],
  ["SELECT Id FROM Account WHERE Description = 'x'", 'INVALID_FIELD', 'can not be filtered'],
  ['SELECT Id FROM Account ORDER BY Description', 'INVALID_FIELD', 'can not be sorted'],
  [
    "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'",
    'INVALID_FIELD',
    'must be of type dateTime',
  ],
  ['SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01', 'INVALID_FIELD', 'must be of type dateTime'],
  [
    'SELECT Id FROM Account WHERE SystemModstamp > 2026-13-01T00:00:00Z',
    'MALFORMED_QUERY',
    'Invalid datetime',
  ],
  ['SELECT Id FROM Account WHERE Name = 5', 'INVALID_FIELD', 'should be enclosed in quotes'],
  ["SELECT Id FROM Account WHERE AnnualRevenue = '5'", 'INVALID_FIELD', 'must be of type double'],
  ["SELECT Id FROM Account WHERE Id = 'nonsense'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field'],
  [
    "SELECT Id FROM Account WHERE Id LIKE '001%'",
    'INVALID_QUERY_FILTER_OPERATOR',
    'invalid operator on id field',
  ],
  ['SELECT Id FROM Account WHERE Active__c > true', 'INVALID_QUERY_FILTER_OPERATOR', 'invalid operator'],
  [
    "SELECT Id FROM Account WHERE Name = 'a' AND Phone = 'b' OR Phone = 'c'",
    'MALFORMED_QUERY',
    'unexpected token',
  ],
  ['SELECT Id FROM Account WHERE', 'MALFORMED_QUERY', 'unexpected token'],
  [
    'SELECT QualifiedApiName FROM FieldDefinition',
    'MALFORMED_QUERY',
    'a filter on a reified column is required',
  ],
])('%s is refused with %s', async (soql, errorCode, message) => {
  const { status, body } = await query(soql);
  expect(status).toBe(400);
  expect(body).toHaveLength(1);
  expect(body[0]).toEqual({ errorCode, message: expect.stringContaining(message) });
});

test('an error points at its place in the query', async () => {
  const { body } = await query('SELECT Foo FROM Account');
  expect(body[0].message).toContain('ERROR at Row:1:Column:8\n');
});

test('the recycle bin is seen by queryAll only, a destroyed record by neither', async () => {
  const { org } = bench.emulator;
  bench.clock.advance(hour);
  org.remove('Account', accountId(1));
  org.hardDelete('Account', accountId(2));
  const soql = 'SELECT Name, IsDeleted, SystemModstamp FROM Account ORDER BY SystemModstamp DESC';
  expect(namesOf(await query(soql))).toHaveLength(3);
  const all = await query(soql, 'queryAll');
  expect(all.body.records[0]).toMatchObject({
    Name: 'Company 1',
    IsDeleted: true,
    SystemModstamp: '2026-01-15T13:00:00.000+0000',
  });
  expect(namesOf(all)).toHaveLength(4);
});

test('a change is stamped when it is made and seen when it commits', async () => {
  bench.emulator.org.update('Account', accountId(1), { Name: 'Changed' }, { commitAfterMs: 5000 });
  const soql = "SELECT Name, SystemModstamp FROM Account WHERE Name = 'Changed'";
  bench.clock.advance(4999);
  expect((await query(soql)).body.totalSize).toBe(0);
  bench.clock.advance(1);
  expect((await query(soql)).body.records[0].SystemModstamp).toBe('2026-01-15T12:00:00.000+0000');
});

test('a long result comes in batches by locator, which is good for two days', async () => {
  await bench.emulator.close();
  bench = await openOrg([accountsTable(450)]);
  token = (await logIn()).body.access_token;
  const first = await query('SELECT Id FROM Account', 'query', { 'sforce-query-options': 'batchSize=200' });
  expect(first.body).toMatchObject({ totalSize: 450, done: false });
  const second = await send(first.body.nextRecordsUrl);
  const third = await send(second.body.nextRecordsUrl);
  expect([first, second, third].map((one) => one.body.records.length)).toEqual([200, 200, 50]);
  expect(third.body.done).toBe(true);
  bench.clock.advance(48 * hour);
  token = (await logIn()).body.access_token;
  expect((await send(first.body.nextRecordsUrl)).body[0].errorCode).toBe('INVALID_QUERY_LOCATOR');
});

test('a session ends after its lifetime, and every answer tells the clock and the use of the API', async () => {
  const answer = await query('SELECT Id FROM Account');
  expect(answer.headers.get('date')).toBe('Thu, 15 Jan 2026 12:00:00 GMT');
  expect(answer.headers.get('sforce-limit-info')).toContain('api-usage=1/100000');
  expect((await send('/services/data/v62.0/limits')).body.DailyApiRequests.Remaining).toBe(99_998);
  bench.clock.advance(2 * hour);
  const ended = await query('SELECT Id FROM Account');
  expect(ended.status).toBe(401);
  expect(ended.body).toEqual([{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]);
});

test('the daily limit refuses further requests, unless limits are off', async () => {
  for (const [limits, status] of [
    [true, 403],
    [false, 200],
  ] as const) {
    await bench.emulator.close();
    await open({ dailyApiRequests: 1, limits });
    await query('SELECT Id FROM Account');
    expect((await query('SELECT Id FROM Account')).status).toBe(status);
  }
});

test('logins are refused as Salesforce refuses them', async () => {
  expect((await logIn({ client_secret: 'x' })).body).toEqual({
    error: 'invalid_client',
    error_description: 'invalid client credentials',
  });
  expect((await logIn({ client_id: 'x' })).body.error).toBe('invalid_client_id');
  expect((await logIn({ grant_type: 'password' })).body.error).toBe('unsupported_grant_type');
  expect((await logIn({ client_secret: 'x' })).status).toBe(400);
});

test('an address beyond 16 KiB is refused, a composite request takes the query instead', async () => {
  const ids = Array.from({ length: 900 }, (_, index) => `'${accountId(index)}'`).join(',');
  const soql = `SELECT Name FROM Account WHERE Id IN (${ids})`;
  const long = await fetch(`${bench.emulator.url}/services/data/v62.0/query?q=${encodeURIComponent(soql)}`);
  expect(long.status).toBe(431);
  const url = (text: string) => `/services/data/v62.0/query?q=${encodeURIComponent(text)}`;
  const composite = await send('/services/data/v62.0/composite', {
    method: 'POST',
    body: JSON.stringify({
      compositeRequest: [
        { method: 'GET', url: url(soql), referenceId: 'good' },
        { method: 'GET', url: url('SELECT Foo FROM Account'), referenceId: 'bad' },
      ],
    }),
  });
  const [good, bad] = composite.body.compositeResponse;
  expect(good).toMatchObject({ referenceId: 'good', httpStatusCode: 200, body: { totalSize: 5 } });
  expect(bad).toMatchObject({ httpStatusCode: 400, body: [{ errorCode: 'INVALID_FIELD' }] });
});

test('a merge moves the children and leaves the loser in the bin with its master', async () => {
  bench.emulator.org.merge('Account', accountId(2), accountId(1));
  const loser = await query(`SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true`, 'queryAll');
  expect(loser.body.records).toMatchObject([{ Id: accountId(1), MasterRecordId: accountId(2) }]);
  const children = await query(`SELECT Id FROM Contact WHERE AccountId = '${accountId(2)}'`);
  expect(children.body.totalSize).toBe(1);
});

test('unknown objects, resources and methods are refused', async () => {
  expect((await send('/services/data/v62.0/sobjects/Nothing/describe')).body[0].errorCode).toBe('NOT_FOUND');
  expect((await send('/services/data/v62.0/nothing')).status).toBe(404);
  expect((await send('/services/data/v99.0/sobjects')).status).toBe(404);
  expect((await send('/services/data/v62.0/sobjects', { method: 'DELETE' })).status).toBe(405);
});

test("jsforce's own client reads it: describe, query, queryMore, limits", async () => {
  await bench.emulator.close();
  await open({ pageSize: 2 });
  const connection = new Connection({ instanceUrl: bench.emulator.url, accessToken: token, version: '62.0' });
  expect((await connection.describeGlobal()).sobjects.map((one) => one.name)).toEqual(['Account', 'Contact']);
  expect((await connection.describe('Account')).fields.map((field) => field.name)).toContain('Industry');
  const first = await connection.query('SELECT Id FROM Account', { scanAll: true });
  expect([first.records.length, first.totalSize, first.done]).toEqual([2, 5, false]);
  const second = await connection.queryMore(first.nextRecordsUrl!);
  expect(second.records.length).toBe(2);
  expect((await connection.limits())['DailyApiRequests']!.Max).toBe(100_000);
  expect(connection.limitInfo.apiUsage).toEqual({ used: 5, limit: 100_000 });
  await expect(connection.query('SELECT Foo FROM Account')).rejects.toMatchObject({ name: 'INVALID_FIELD' });
});

test('ids of 15 and 18 characters are the same record, told apart by case', () => {
  expect(recordId18('001D000000IRFma')).toBe('001D000000IRFmaIAH');
  expect(recordId18('001D000000IRFmA')).not.toBe(recordId18('001D000000IRFma'));
  expect(recordId18('001D000000IRFmaIAH')).toBe('001D000000IRFmaIAH');
});

test('rows without an id get one of their object, and a broken id is refused', async () => {
  const made = bench.emulator.org.insert('Contact', { LastName: 'New' });
  expect(made).toMatch(/^003\w{15}$/);
  expect(recordId18(made.slice(0, 15))).toBe(made);
  expect(() => bench.emulator.org.insert('Contact', { Id: 'C-1' })).toThrow('15 or 18');
  expect(() => bench.emulator.org.insert('Contact', { Nothing: 1 })).toThrow('has no field Nothing');
});
