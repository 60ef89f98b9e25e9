import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  accountId,
  accounts,
  accountsTable,
  contactId,
  contactsTable,
  hour,
  lastCursor,
  openOrg,
  readAll,
  recordsOf,
  refuse,
  streamOf,
  type OrgBench,
  type SalesforcePage,
  type SalesforceSource,
} from './bench.ts';

let bench: OrgBench;
let source: SalesforceSource;
let cursor: ReturnType<typeof lastCursor>;
const open = async (options: Parameters<typeof openOrg>[1] = {}): Promise<void> => {
  bench = await openOrg([accountsTable(8), contactsTable(1)], options);
  source = await bench.connect({ lookback: '0s' });
  cursor = lastCursor(await readAll(source, accounts));
};
beforeEach(() => open());
afterEach(() => bench.emulator.close());
const next = async (): Promise<SalesforcePage[]> => {
  const pages = await readAll(source, accounts, cursor);
  cursor = lastCursor(pages);
  return pages;
};
const deletedOf = (pages: readonly SalesforcePage[]): string[] => pages.flatMap((page) => page.deleted ?? []);
const noticesOf = (pages: readonly SalesforcePage[]): string[] => pages.flatMap((page) => page.notices ?? []);
const logRequests = (): number =>
  bench.emulator.server.requests.filter((one) => /\/deleted\/?$/.test(one.path)).length;

test('a record that left the recycle bin before a read saw it there is found in the log of deleted ids', async () => {
  bench.clock.advance(hour / 2);
  bench.emulator.org.remove('Account', accountId(2));
  bench.emulator.org.emptyBin('Account');
  bench.emulator.org.hardDelete('Account', accountId(3));
  bench.clock.advance(hour);
  expect(deletedOf(await next())).toEqual([accountId(2), accountId(3)]);
});

test('the log is asked once an hour at most, and what the bin showed is not asked about again', async () => {
  expect(logRequests()).toBe(0);
  bench.clock.advance(hour / 2);
  await next();
  expect(logRequests()).toBe(0);
  bench.emulator.org.remove('Account', accountId(2));
  bench.clock.advance(hour);
  const before = bench.emulator.server.requests.length;
  expect(deletedOf(await next())).toEqual([accountId(2)]);
  expect(
    bench.emulator.server.requests.slice(before).map((one) => one.path.split('/').pop() || 'deleted'),
  ).toEqual(['describe', 'queryAll', 'deleted']);
});

test('a record undeleted after it stood in the log is not told as deleted', async () => {
  bench.clock.advance(hour);
  bench.emulator.org.remove('Account', accountId(2));
  bench.clock.advance(60_000);
  bench.emulator.org.undelete('Account', accountId(2));
  bench.clock.advance(hour);
  const pages = await next();
  expect(deletedOf(pages)).toEqual([]);
  expect(recordsOf(pages).map((one) => one.key)).toEqual([accountId(2)]);
});

test('a merge leaves an alias: the loser is told as merged into the winner, not as deleted', async () => {
  bench.emulator.org.merge('Account', accountId(2), accountId(1));
  bench.clock.advance(2 * hour);
  const pages = await next();
  expect(pages.flatMap((page) => page.merged ?? [])).toEqual([{ key: accountId(1), into: accountId(2) }]);
  expect(deletedOf(pages)).toEqual([]);
  expect(recordsOf(pages).map((one) => one.key)).toEqual([accountId(2)]);
});

test('an undeleted loser of a merge is a record again', async () => {
  bench.emulator.org.merge('Account', accountId(2), accountId(1));
  bench.clock.advance(5 * 60_000);
  await next();
  bench.emulator.org.undelete('Account', accountId(1));
  bench.clock.advance(5 * 60_000);
  const pages = await next();
  expect(recordsOf(pages).map((one) => one.key)).toEqual([accountId(1)]);
  expect(pages.flatMap((page) => page.merged ?? [])).toEqual([]);
});

test('a merge whose loser has left the bin is told as a delete', async () => {
  bench.clock.advance(hour / 2);
  bench.emulator.org.merge('Account', accountId(2), accountId(1));
  bench.emulator.org.emptyBin('Account');
  bench.clock.advance(hour);
  expect(deletedOf(await next())).toEqual([accountId(1)]);
});

test('children of a deleted parent keep their records', async () => {
  const contacts = streamOf('Contact', ['LastName', 'AccountId']);
  const before = lastCursor(await readAll(source, contacts));
  bench.emulator.org.remove('Account', accountId(1));
  bench.clock.advance(2 * hour);
  expect(deletedOf(await readAll(source, contacts, before))).toEqual([]);
  expect(bench.emulator.org.rows('Contact').map((row) => row['Id'])).toEqual([contactId(1)]);
});

test('a log that was purged is told, and asked from then on', async () => {
  bench.clock.advance(hour);
  bench.emulator.org.hardDelete('Account', accountId(2));
  bench.emulator.org.purgeDeleteLog('Account');
  bench.clock.advance(hour);
  const pages = await next();
  expect(deletedOf(pages)).toEqual([]);
  expect(noticesOf(pages)).toEqual([
    expect.stringMatching(/^The log of deleted Account records begins only at/),
  ]);
  bench.clock.advance(hour);
  bench.emulator.org.hardDelete('Account', accountId(3));
  bench.clock.advance(2 * hour);
  const later = await next();
  expect([deletedOf(later), noticesOf(later)]).toEqual([[accountId(3)], []]);
});

test('after more than fifteen days without a read, the log is read as far as it goes, and that is told', async () => {
  bench.clock.advance(hour);
  bench.emulator.org.hardDelete('Account', accountId(2));
  bench.clock.advance(20 * 24 * hour);
  bench.emulator.org.hardDelete('Account', accountId(3));
  bench.clock.advance(hour);
  const pages = await next();
  expect(deletedOf(pages)).toEqual([accountId(3)]);
  expect(noticesOf(pages)).toHaveLength(1);
});

test('a log too long for one answer is asked for in halves', async () => {
  await bench.emulator.close();
  await open({ maxReplicationIds: 2 });
  bench.clock.advance(hour);
  for (const number of [1, 2, 3, 4, 5]) {
    bench.emulator.org.hardDelete('Account', accountId(number));
    bench.clock.advance(hour / 4);
  }
  bench.clock.advance(hour);
  expect(deletedOf(await next())).toEqual([1, 2, 3, 4, 5].map(accountId));
});

test('a delete whose transaction is still running is found once it has committed', async () => {
  bench.clock.advance(hour);
  bench.emulator.org.remove('Account', accountId(2), { commitAfterMs: 90 * 60_000 });
  bench.clock.advance(hour);
  expect(deletedOf(await next())).toEqual([]);
  bench.clock.advance(31 * 60_000);
  bench.emulator.expireSessions();
  await source.check([accounts]);
  bench.emulator.org.emptyBin('Account');
  bench.clock.advance(hour);
  expect(deletedOf(await next())).toEqual([accountId(2)]);
});

test('without deletes, and for objects that have no log, nothing is asked', async () => {
  const quiet = streamOf('Account', ['Name'], { deletes: false });
  const from = lastCursor(await readAll(source, quiet));
  bench.clock.advance(5 * hour);
  await readAll(source, quiet, from);
  expect(logRequests()).toBe(0);
});

test('a log that cannot be read stops the stream behind its last page', async () => {
  bench.clock.advance(5 * hour);
  bench.emulator.server.fault({
    when: ({ path }) => /\/deleted\/?$/.test(path),
    effect: refuse(403, 'INSUFFICIENT_ACCESS', 'no access'),
  });
  await expect(next()).rejects.toMatchObject({ code: 'SALESFORCE_NOT_ALLOWED' });
});
