import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountId, accountsTable, contactId, contactsTable, hour, openOrg, type OrgBench } from './bench.ts';

let bench: OrgBench;
let token: string;
const api = '/services/data/v62.0';
const open = async (options: Parameters<typeof openOrg>[1] = {}): Promise<void> => {
  const user = { name: 'User', key: ['Id'], columns: [{ name: 'Name', type: 'text' as const }], rows: [] };
  bench = await openOrg([accountsTable(5), contactsTable(2), user], options);
  await logIn();
};
beforeEach(() => open());
afterEach(() => bench.emulator.close());

async function logIn(): Promise<void> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: bench.emulator.env['SALESFORCE_CLIENT_ID']!,
    client_secret: bench.emulator.env['SALESFORCE_CLIENT_SECRET']!,
  });
  const answer = await fetch(`${bench.emulator.url}/services/oauth2/token`, { method: 'POST', body });
  token = ((await answer.json()) as { access_token: string }).access_token;
}
async function send(path: string, method = 'GET', body?: unknown) {
  const answer = await fetch(bench.emulator.url + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  return { status: answer.status, headers: answer.headers, text, json };
}
const query = (soql: string) => send(`${api}/query?q=${encodeURIComponent(soql)}`);
const createJob = (soql: string, operation = 'query') =>
  send(`${api}/jobs/query`, 'POST', { operation, query: soql, contentType: 'CSV', lineEnding: 'LF' });
const log = (object: string, what: string, fromMs: number, toMs: number) => {
  const stamp = (ms: number): string =>
    encodeURIComponent(new Date(ms).toISOString().replace(/\.\d+Z/, '+00:00'));
  return send(`${api}/sobjects/${object}/${what}/?start=${stamp(fromMs)}&end=${stamp(toMs)}`);
};

test('a job goes from upload over progress to its result, and is gone when it is deleted', async () => {
  const { json: made } = await createJob('SELECT Id, Name FROM Account');
  expect(made).toMatchObject({
    state: 'UploadComplete',
    object: 'Account',
    operation: 'query',
    apiVersion: 62,
  });
  const job = `${api}/jobs/query/${made.id}`;
  expect((await send(`${job}/results`)).json[0].errorCode).toBe('INVALIDJOBSTATE');
  bench.clock.advance(1000);
  expect((await send(job)).json.state).toBe('InProgress');
  expect((await send(job, 'DELETE')).status).toBe(400);
  bench.clock.advance(1000);
  expect((await send(job)).json).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 5 });
  expect((await send(job, 'DELETE')).status).toBe(204);
  expect((await send(job)).status).toBe(404);
});

test('a result comes in parts by locator, each with a header, the last with the locator null', async () => {
  const { json: made } = await createJob('SELECT Id, Name, Active__c, Phone, SystemModstamp FROM Account');
  bench.clock.advance(2000);
  bench.emulator.org.update('Account', accountId(1), { Name: 'After the job began' });
  const results = `${api}/jobs/query/${made.id}/results?maxRecords=2`;
  const rows: string[] = [];
  for (let locator = ''; locator !== 'null';) {
    const part = await send(locator === '' ? results : `${results}&locator=${locator}`);
    const [header, ...lines] = part.text.trimEnd().split('\n');
    expect(header).toBe('"Id","Name","Active__c","Phone","SystemModstamp"');
    expect(part.headers.get('sforce-numberofrecords')).toBe(String(lines.length));
    rows.push(...lines);
    locator = part.headers.get('sforce-locator')!;
  }
  expect(rows).toHaveLength(5);
  expect(rows).toContain(`"${accountId(1)}","Company 1","true","","2026-01-15T11:00:00.000Z"`);
});

test.each([
  ['SELECT COUNT() FROM Account', 'API_ERROR'],
  ['SELECT Id FROM Account LIMIT 1 OFFSET 1', 'API_ERROR'],
  ['SELECT Foo FROM Account', 'INVALID_FIELD'],
  ['SELECT Id FROM Nothing', 'INVALID_TYPE'],
])('a job for %s is refused with %s', async (soql, errorCode) => {
  const { status, json } = await createJob(soql);
  expect([status, json[0].errorCode]).toEqual([400, errorCode]);
});

test('jobs have a daily quota, belong to their version, and keep their result for seven days', async () => {
  await bench.emulator.close();
  await open({ dailyBulkJobs: 1 });
  const { json: made } = await createJob('SELECT Id FROM Account');
  expect((await createJob('SELECT Id FROM Account')).json[0].errorCode).toBe('LIMIT_EXCEEDED');
  expect((await send(`${api}/limits`)).json.DailyBulkV2QueryJobs).toEqual({ Max: 1, Remaining: 0 });
  expect((await send(`/services/data/v61.0/jobs/query/${made.id}`)).status).toBe(409);
  bench.clock.advance(8 * 24 * hour);
  await logIn();
  expect((await send(`${api}/jobs/query/${made.id}`)).status).toBe(404);
  expect((await createJob('SELECT Id FROM Account')).status).toBe(200);
});

test('the log of deleted ids cuts its span to whole minutes and lags behind open transactions', async () => {
  const start = bench.clock.now();
  bench.clock.advance(30_000);
  bench.emulator.org.remove('Account', accountId(1));
  bench.clock.advance(60_000);
  const short = await log('Account', 'deleted', start, start + 59_000);
  expect(short.json[0].errorCode).toBe('INVALID_REPLICATION_DATE');
  const { json } = await log('Account', 'deleted', start + 45_000, start + 90_000);
  expect(json.deletedRecords).toEqual([{ id: accountId(1), deletedDate: '2026-01-15T12:00:30.000+0000' }]);
  expect(json.latestDateCovered).toBe('2026-01-15T12:01:00.000+0000');
  bench.emulator.org.update('Account', accountId(2), { Name: 'Slow' }, { commitAfterMs: hour });
  bench.clock.advance(hour / 2);
  const later = await log('Account', 'deleted', start, bench.clock.now());
  expect(later.json.latestDateCovered).toBe('2026-01-15T12:01:00.000+0000');
});

test('the logs reach back fifteen and thirty days, and no further than a purge', async () => {
  const now = bench.clock.now();
  const back = (days: number): number => now - days * 24 * hour;
  expect((await log('Account', 'deleted', back(16), now)).json[0].errorCode).toBe('INVALID_REPLICATION_DATE');
  expect((await log('Account', 'updated', back(16), now)).json.ids).toHaveLength(5);
  expect((await log('Account', 'updated', back(31), now)).json[0].errorCode).toBe('INVALID_REPLICATION_DATE');
  bench.emulator.org.purgeDeleteLog('Account');
  bench.clock.advance(hour);
  expect((await log('Account', 'deleted', back(1), now)).json[0].errorCode).toBe('INVALID_REPLICATION_DATE');
  expect((await log('User', 'deleted', back(1), now)).json[0].errorCode).toBe('INVALID_TYPE_FOR_OPERATION');
});

test('fields of a parent come as an object, and of no parent as null', async () => {
  bench.emulator.org.insert('Contact', { LastName: 'Alone' });
  const { json } = await query('SELECT LastName, Account.Name FROM Contact ORDER BY Id');
  expect(json.records.map((one: Record<string, unknown>) => one['Account'])).toEqual([
    null,
    { attributes: { type: 'Account' }, Name: 'Company 1' },
    { attributes: { type: 'Account' }, Name: 'Company 1' },
  ]);
  for (const soql of ['SELECT Nothing.Name FROM Contact', 'SELECT Account.Nothing FROM Contact']) {
    expect((await query(soql)).json[0].errorCode).toBe('INVALID_FIELD');
  }
});

test('a lookup to several objects gives the name and the type of the one it leads to', async () => {
  bench.emulator.org.setField('Contact', 'AccountId', { referenceTo: ['Account', 'User'] });
  const { json } = await query(`SELECT Account.Type, Account.Name FROM Contact WHERE Id = '${contactId(1)}'`);
  expect(json.records[0].Account).toEqual({
    attributes: { type: 'Name' },
    Type: 'Account',
    Name: 'Company 1',
  });
});

test('a field that security hides is in no description, and unknown to queries and jobs', async () => {
  bench.emulator.org.setField('Account', 'Phone', { hidden: true });
  const { json } = await send(`${api}/sobjects/Account/describe`);
  expect(json.fields.map((field: { name: string }) => field.name)).not.toContain('Phone');
  expect((await query('SELECT Phone FROM Account')).json[0].errorCode).toBe('INVALID_FIELD');
  expect((await createJob('SELECT Phone FROM Account')).json[0].errorCode).toBe('INVALID_FIELD');
});
