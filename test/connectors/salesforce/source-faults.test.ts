import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import {
  accountId,
  accounts,
  accountsTable,
  hour,
  isQuery,
  keysOf,
  openOrg,
  readAll,
  type OrgBench,
} from './bench.ts';

let bench: OrgBench;
afterEach(() => bench.emulator.close());
const everyKey = Array.from({ length: 30 }, (_, index) => accountId(index + 1));
const requestsTo = (end: string): number =>
  bench.emulator.server.requests.filter((one) => one.path.endsWith(end)).length;
const salesforceError = (status: number, errorCode: string, message: string) => ({
  kind: 'reply' as const,
  reply: { status, body: [{ errorCode, message }], headers: { date: 'Thu, 15 Jan 2026 12:00:00 GMT' } },
});

test('a session that ends in the middle of a read is renewed and nothing is lost', async () => {
  bench = await openOrg([accountsTable(30)], { tokenLifetimeMs: hour });
  const source = await bench.connect({ pageSize: 5 });
  const keys: string[] = [];
  for await (const page of source.read({
    stream: accounts,
    from: undefined,
    signal: AbortSignal.timeout(9000),
  })) {
    keys.push(...keysOf([page]));
    if (keys.length === 10) bench.clock.advance(2 * hour);
    if (keys.length === 20) bench.emulator.expireSessions();
  }
  expect(keys).toEqual(everyKey);
  expect(requestsTo('/oauth2/token')).toBe(3);
});

test('ten requests that meet an ended session at once log in once', async () => {
  bench = await openOrg([accountsTable(30)]);
  const source = await bench.connect();
  await source.check([accounts]);
  bench.emulator.expireSessions();
  await Promise.all(Array.from({ length: 10 }, () => readAll(source, accounts)));
  expect(requestsTo('/oauth2/token')).toBe(2);
});

test('sessions that are refused again and again end in an error for a person after two renewals', async () => {
  bench = await openOrg([accountsTable(30)]);
  bench.emulator.server.fault({
    when: isQuery,
    effect: salesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid'),
  });
  const source = await bench.connect();
  await expect(readAll(source, accounts)).rejects.toMatchObject({
    name: 'ConfigError',
    code: 'SALESFORCE_SESSION_REFUSED',
    where: 'sources.crm.auth',
  });
  expect(requestsTo('/oauth2/token')).toBe(3);
});

test('a service that is away for a moment is asked again', async () => {
  bench = await openOrg([accountsTable(30)]);
  bench.emulator.server.fault({
    when: isQuery,
    times: 3,
    effect: salesforceError(503, 'SERVER_UNAVAILABLE', 'busy'),
  });
  expect(keysOf(await readAll(await bench.connect({ pageSize: 10 }), accounts))).toEqual(everyKey);
});

test('a service that stays away is a transient error that names no record', async () => {
  bench = await openOrg([accountsTable(30)]);
  bench.emulator.server.fault({ when: isQuery, effect: salesforceError(503, 'SERVER_UNAVAILABLE', 'busy') });
  await expect(readAll(await bench.connect(), accounts)).rejects.toMatchObject({
    name: 'TransientError',
    message: 'Salesforce answered 503 (SERVER_UNAVAILABLE)',
  });
});

test('a connection that is cut between pages is opened again', async () => {
  bench = await openOrg([accountsTable(30)]);
  bench.emulator.server.fault({ when: isQuery, after: 1, times: 2, effect: { kind: 'cut-before' } });
  bench.emulator.server.fault({ when: isQuery, after: 3, times: 1, effect: { kind: 'cut-after' } });
  expect(keysOf(await readAll(await bench.connect({ pageSize: 5 }), accounts))).toEqual(everyKey);
});

test('a connection that is cut inside an answer neither ends the process nor loses a record', async () => {
  bench = await openOrg([accountsTable(30)]);
  let cuts = 2;
  const front = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const reply = await fetch(bench.emulator.url + request.url, {
        method: request.method!,
        headers: Object.fromEntries(
          ['authorization', 'content-type'].flatMap((name) =>
            request.headers[name] ? [[name, String(request.headers[name])]] : [],
          ),
        ),
        ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
      });
      const body = (await reply.text()).replaceAll(bench.emulator.url, `http://${request.headers.host}`);
      answer.writeHead(reply.status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        date: reply.headers.get('date')!,
      });
      if (!isQuery({ path: request.url!.split('?')[0]! }) || cuts-- <= 0) return answer.end(body);
      answer.write(body.slice(0, 40), () => answer.destroy());
      return undefined;
    });
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const loginUrl = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const source = await bench.connect({ loginUrl, pageSize: 10 });
  expect(keysOf(await readAll(source, accounts))).toEqual(everyKey);
  expect(cuts).toBeLessThan(0);
  front.closeAllConnections();
  front.close();
});

test('a locator that has expired between two batches is replaced by a new query from the last key', async () => {
  bench = await openOrg([accountsTable(30)], { pageSize: 4 });
  const source = await bench.connect({ pageSize: 20 });
  const keys: string[] = [];
  for await (const page of source.read({
    stream: accounts,
    from: undefined,
    signal: AbortSignal.timeout(9000),
  })) {
    keys.push(...keysOf([page]));
    if (keys.length === 8) bench.clock.advance(49 * hour);
  }
  expect(keys).toEqual(everyKey);
});

test('a record destroyed between two batches does not end the read early', async () => {
  bench = await openOrg([accountsTable(30)], { pageSize: 4 });
  const source = await bench.connect({ pageSize: 20 });
  const keys: string[] = [];
  for await (const page of source.read({
    stream: accounts,
    from: undefined,
    signal: AbortSignal.timeout(9000),
  })) {
    keys.push(...keysOf([page]));
    if (keys.length === 4) bench.emulator.org.hardDelete('Account', accountId(10));
  }
  expect(keys).toEqual(everyKey.filter((key) => key !== accountId(10)));
});

test('a query that takes Salesforce too long is asked for shorter spans of time', async () => {
  bench = await openOrg([accountsTable(30, 1)]);
  const whole = 'AND SystemModstamp >= ';
  let refused = 0;
  bench.emulator.server.fault({
    when: (request) => {
      const soql = request.query.get('q') ?? '';
      const upper = Date.parse(/SystemModstamp < (\S+)/.exec(soql)?.[1] ?? '');
      const slow = isQuery(request) && !soql.includes(whole) && upper > bench.clock.now() - hour + 8000;
      const lower = Date.parse(/SystemModstamp >= (\S+)/.exec(soql)?.[1] ?? '1999-01-01');
      if (slow && upper - lower > 10_000) refused++;
      return slow && upper - lower > 10_000;
    },
    effect: salesforceError(400, 'QUERY_TIMEOUT', 'Your query request was running for too long.'),
  });
  const pages = await readAll(await bench.connect({ pageSize: 10 }), accounts);
  expect(keysOf(pages)).toEqual(everyKey);
  expect(refused).toBeGreaterThan(10);
  for (const page of pages.slice(0, -1)) expect(page.cursor!.after).toBeDefined();
  expect(pages.at(-1)!.cursor!.after).toBeUndefined();
});

test('a web page in place of an answer is a transient error, not a crash', async () => {
  bench = await openOrg([accountsTable(3)]);
  bench.emulator.server.fault({
    when: isQuery,
    effect: {
      kind: 'reply',
      reply: { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } },
    },
  });
  await expect(readAll(await bench.connect(), accounts)).rejects.toMatchObject({ name: 'TransientError' });
});

test('an object taken from the user stops its stream only, with a hint', async () => {
  bench = await openOrg([accountsTable(3)]);
  bench.emulator.server.fault({
    when: (request) => request.path.endsWith('/Account/describe'),
    effect: salesforceError(404, 'NOT_FOUND', 'The requested resource does not exist'),
  });
  await expect(readAll(await bench.connect(), accounts)).rejects.toMatchObject({
    code: 'SALESFORCE_OBJECT_UNKNOWN',
    where: 'sources.crm.streams.Account',
  });
});
