import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  accounts,
  accountsTable,
  hour,
  isQuery,
  keysOf,
  openOrg,
  readAll,
  refuse,
  type OrgBench,
} from './bench.ts';

let bench: OrgBench;
beforeEach(async () => {
  bench = await openOrg([accountsTable(5)]);
});
afterEach(() => bench.emulator.close());
const failure = async (): Promise<unknown> =>
  readAll(await bench.connect(), accounts).then(
    () => 'no error',
    (error: unknown) => error,
  );
const queries = (): number => bench.emulator.server.requests.filter(isQuery).length;

const person = (code: string, hint: string) => ({
  name: 'ConfigError',
  code,
  hint: expect.stringContaining(hint),
  where: expect.stringContaining('sources.crm.streams.Account'),
});
const again = (retryAfterMs?: number) => ({ name: 'TransientError', retryAfterMs });

test.each([
  [
    403,
    'REQUEST_LIMIT_EXCEEDED',
    'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
    again(30_000),
  ],
  [403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.', { name: 'PauseError' }],
  [400, 'LIMIT_EXCEEDED', 'ApiBatchItems Limit exceeded.', { name: 'PauseError' }],
  [503, 'SERVER_UNAVAILABLE', 'try later', again()],
  [502, 'UNKNOWN', 'bad gateway', again()],
  [420, 'UNKNOWN', 'We are setting things up', again()],
  [406, 'UNKNOWN', 'We are setting things up', again()],
  [429, 'UNKNOWN', 'slow down', again()],
  [500, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred', again()],
  [400, 'UNKNOWN_EXCEPTION', 'An unexpected error occurred', again()],
  [400, 'UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access', again()],
  [400, 'EXCEEDED_ID_LIMIT', 'too many ids', again()],
  [
    400,
    'MALFORMED_QUERY',
    "unexpected token: 'x'",
    person('SALESFORCE_QUERY_REFUSED', 'Take the stream out'),
  ],
  [
    400,
    'MALFORMED_QUERY',
    'Implementation restriction: a filter by Id is required',
    person('SALESFORCE_OBJECT_UNREADABLE', 'Take the stream out'),
  ],
  [
    400,
    'QUERY_TOO_COMPLICATED',
    'Query is either selecting too many fields or the filter conditions are too complicated',
    person('SALESFORCE_QUERY_TOO_COMPLICATED', 'formula'),
  ],
  [
    400,
    'INVALID_TYPE',
    "sObject type 'Account' is not supported",
    person('SALESFORCE_OBJECT_UNKNOWN', 'read access'),
  ],
  [
    404,
    'NOT_FOUND',
    'The requested resource does not exist',
    person('SALESFORCE_OBJECT_UNKNOWN', 'read access'),
  ],
  [403, 'INSUFFICIENT_ACCESS', 'insufficient access rights', person('SALESFORCE_NOT_ALLOWED', 'View All')],
  [
    403,
    'INSUFFICIENT_ACCESS_OR_READONLY',
    'insufficient access rights',
    person('SALESFORCE_NOT_ALLOWED', 'View All'),
  ],
  [
    400,
    'OPERATION_TOO_LARGE',
    'exceeded 100000 distinct who/what',
    person('SALESFORCE_NOT_ALLOWED', 'View All Data'),
  ],
  [403, 'API_DISABLED_FOR_ORG', 'API is not enabled', person('SALESFORCE_NOT_ALLOWED', 'API Enabled')],
  [403, 'API_CURRENTLY_DISABLED', 'API is disabled', person('SALESFORCE_NOT_ALLOWED', 'API Enabled')],
  [
    400,
    'TXN_SECURITY_METERING_ERROR',
    'The action you attempted was blocked',
    person('SALESFORCE_NOT_ALLOWED', 'Exempt from Transaction Security'),
  ],
])('%i %s (%s) is sorted by what happens next', async (status, code, message, expected) => {
  bench.emulator.server.fault({ when: isQuery, effect: refuse(status, code, message) });
  expect(await failure()).toMatchObject(expected);
});

test('a transaction security policy that times out is asked again before a person is', async () => {
  bench.emulator.server.fault({
    when: isQuery,
    times: 2,
    effect: refuse(400, 'TXN_SECURITY_METERING_ERROR', 'blocked'),
  });
  expect(keysOf(await readAll(await bench.connect(), accounts))).toHaveLength(5);
});

test('a query that times out even for a single second may be tried again later', async () => {
  bench.emulator.server.fault({ when: isQuery, effect: refuse(400, 'QUERY_TIMEOUT', 'too long') });
  expect(await failure()).toMatchObject(again());
  expect(queries()).toBeGreaterThan(20);
});

test.each([431, 414])(
  'an address that Salesforce refuses with %i is sent as a composite request',
  async (status) => {
    bench.emulator.server.fault({
      when: isQuery,
      effect: { kind: 'reply', reply: { status, body: '<html>too long</html>' } },
    });
    expect(keysOf(await readAll(await bench.connect(), accounts))).toHaveLength(5);
  },
);

test.each(['invalid_grant', 'invalid_client', 'inactive_user', 'invalid_app_access'])(
  'a login refused with %s is for a person',
  async (error) => {
    bench.emulator.server.fault({
      when: ({ path }) => path.endsWith('/token'),
      effect: { kind: 'reply', reply: { status: 400, body: { error, error_description: 'refused' } } },
    });
    expect(await failure()).toMatchObject({ name: 'ConfigError', code: 'SALESFORCE_LOGIN_REFUSED' });
  },
);

test('a login refused for a moment is tried again later', async () => {
  bench.emulator.server.fault({
    when: ({ path }) => path.endsWith('/token'),
    effect: {
      kind: 'reply',
      reply: { status: 400, body: { error: 'invalid_grant', error_description: 'login rate exceeded' } },
    },
  });
  expect(await failure()).toMatchObject(again(60_000));
});

test('a refresh token logs in and again when the session ends; a rotated one is for a person', async () => {
  await bench.emulator.close();
  const token = '5Aep861.emulated';
  bench = await openOrg([accountsTable(2)], { refresh: { token } });
  const auth = { clientId: bench.emulator.env['SALESFORCE_CLIENT_ID'], refreshToken: token };
  const source = await bench.connect({ auth });
  expect(keysOf(await readAll(source, accounts))).toHaveLength(2);
  bench.emulator.expireSessions();
  expect(keysOf(await readAll(source, accounts))).toHaveLength(2);
  const wrong = await bench.connect({ auth: { ...auth, refreshToken: 'revoked' } });
  await expect(wrong.identity()).rejects.toMatchObject({ code: 'SALESFORCE_LOGIN_REFUSED' });
  await bench.emulator.close();
  bench = await openOrg([accountsTable(2)], { refresh: { token, rotate: true } });
  await expect((await bench.connect({ auth })).identity()).rejects.toMatchObject({
    code: 'SALESFORCE_LOGIN_REFUSED',
    hint: expect.stringContaining('rotation'),
  });
});

test('no error quotes the query, a record or a secret', async () => {
  bench.emulator.server.fault({
    when: isQuery,
    effect: refuse(
      400,
      'MALFORMED_QUERY',
      "\nSELECT Name FROM Account WHERE Name = 'Private'\n^\nunexpected token",
    ),
  });
  const error = (await failure()) as Error;
  expect(error.message).not.toContain('Private');
  expect(error.message).toContain('unexpected token');
});

test('used-up requests pause the stream behind its last page, with the hour to go on', async () => {
  await bench.emulator.close();
  bench = await openOrg([accountsTable(30)], { dailyApiRequests: 4 });
  const source = await bench.connect({ pageSize: 5, apiShare: 1 });
  const keys: string[] = [];
  const read = async (): Promise<void> => {
    for await (const page of source.read({ stream: accounts, from: undefined, signal: bench.signal })) {
      keys.push(...keysOf([page]));
    }
  };
  await expect(read()).rejects.toMatchObject({
    name: 'PauseError',
    resumeAt: expect.stringMatching(/^2026-01-15T13:00/),
  });
  expect(keys).toHaveLength(15);
  bench.clock.advance(25 * hour);
  expect(keysOf(await readAll(await bench.connect(), accounts))).toHaveLength(30);
});
