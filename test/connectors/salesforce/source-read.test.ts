import { afterEach, expect, test } from 'vitest';
import { createRandom } from '../../../core/testing/random.ts';
import {
  accountId,
  accounts,
  accountsTable,
  contactId,
  contactsTable,
  hour,
  isQuery,
  keysOf,
  lastCursor,
  openOrg,
  readAll,
  recordsOf,
  streamOf,
  type OrgBench,
} from './bench.ts';

let bench: OrgBench;
afterEach(() => bench.emulator.close());
const minute = 60_000;

test('a record carries the listed fields and no other, with its stamp as version', async () => {
  bench = await openOrg([accountsTable(1)]);
  const source = await bench.connect();
  const pages = await readAll(source, accounts);
  expect(recordsOf(pages)).toEqual([
    {
      key: accountId(1),
      data: { Name: 'Company 1', AnnualRevenue: 0, Active__c: true },
      version: '2026-01-15T11:00:00.000Z',
      modifiedAt: '2026-01-15T11:00:00.000Z',
    },
  ]);
  expect(pages[0]!.asOf).toBe('2026-01-15T12:00:00.000Z');
});

test('dates stay dates, instants become ISO, empty fields are null, and a listed stamp is data too', async () => {
  bench = await openOrg([accountsTable(0)]);
  bench.emulator.org.insert('Account', {
    Name: 'A',
    FoundedOn__c: '1999-05-01',
    LastCall__c: '2026-01-02T03:04:05Z',
    Active__c: false,
  });
  bench.clock.advance(2 * minute);
  const fields = ['FoundedOn__c', 'LastCall__c', 'Description', 'SystemModstamp', 'IsDeleted'];
  const [record] = recordsOf(await readAll(await bench.connect(), streamOf('Account', fields)));
  expect(record!.data).toEqual({
    FoundedOn__c: '1999-05-01',
    LastCall__c: '2026-01-02T03:04:05.000Z',
    Description: null,
    SystemModstamp: '2026-01-15T12:00:00.000Z',
    IsDeleted: false,
  });
});

test('five thousand records of one second are all read, and a read can go on in their middle', async () => {
  bench = await openOrg([accountsTable(5000, 5000)]);
  const source = await bench.connect({ pageSize: 1000 });
  const pages = await readAll(source, accounts);
  expect(keysOf(pages)).toHaveLength(5000);
  expect(new Set(keysOf(pages)).size).toBe(5000);
  const middle = pages[2]!.cursor!;
  const rest = new Set(keysOf(await readAll(source, accounts, middle)));
  for (const key of keysOf(pages.slice(3))) expect(rest.has(key)).toBe(true);
});

test('a read without changes asks two things: the description and one page', async () => {
  bench = await openOrg([accountsTable(50)]);
  const source = await bench.connect();
  const cursor = lastCursor(await readAll(source, accounts));
  bench.clock.advance(hour / 2);
  const before = bench.emulator.server.requests.length;
  const pages = await readAll(source, accounts, cursor);
  expect(keysOf(pages)).toEqual([]);
  expect(bench.emulator.server.requests.slice(before).map((one) => one.path)).toEqual([
    '/services/data/v62.0/sobjects/Account/describe',
    '/services/data/v62.0/queryAll',
  ]);
});

test('a record whose transaction commits after a later one has been read is found within the lookback', async () => {
  bench = await openOrg([accountsTable(3)]);
  const { org } = bench.emulator;
  const source = await bench.connect();
  let cursor = lastCursor(await readAll(source, accounts));
  const slow = org.insert('Account', { Name: 'Slow' }, { commitAfterMs: 8 * minute });
  bench.clock.advance(minute);
  const quick = org.insert('Account', { Name: 'Quick' });
  bench.clock.advance(5 * minute);
  const first = await readAll(source, accounts, cursor);
  expect(keysOf(first)).toEqual([quick]);
  cursor = lastCursor(first);
  bench.clock.advance(4 * minute);
  expect(keysOf(await readAll(source, accounts, cursor))).toContain(slow);
});

test('what was stamped in the last minute waits for the next read', async () => {
  bench = await openOrg([accountsTable(0)]);
  const source = await bench.connect();
  const id = bench.emulator.org.insert('Account', { Name: 'Fresh' });
  bench.clock.advance(30_000);
  const first = await readAll(source, accounts);
  expect(keysOf(first)).toEqual([]);
  bench.clock.advance(minute);
  expect(keysOf(await readAll(source, accounts, lastCursor(first)))).toEqual([id]);
});

test('a deleted record is told as deleted, an undeleted one as a record again', async () => {
  bench = await openOrg([accountsTable(3)]);
  const { org } = bench.emulator;
  const source = await bench.connect({ lookback: '0s' });
  let cursor = lastCursor(await readAll(source, accounts));
  org.remove('Account', accountId(2));
  bench.clock.advance(5 * minute);
  const gone = await readAll(source, accounts, cursor);
  expect(gone.flatMap((page) => page.deleted)).toEqual([accountId(2)]);
  expect(recordsOf(gone)).toEqual([]);
  cursor = lastCursor(gone);
  org.undelete('Account', accountId(2));
  bench.clock.advance(5 * minute);
  const back = await readAll(source, accounts, cursor);
  expect(recordsOf(back).map((record) => record.key)).toEqual([accountId(2)]);
});

test('without deletes, a record in the recycle bin is not told', async () => {
  bench = await openOrg([accountsTable(3)]);
  const source = await bench.connect();
  bench.emulator.org.remove('Account', accountId(2));
  bench.clock.advance(5 * minute);
  const pages = await readAll(source, streamOf('Account', ['Name'], { deletes: false }));
  expect(keysOf(pages)).toEqual([accountId(1), accountId(3)]);
});

test('a contact that moves to another account is read with its new account', async () => {
  bench = await openOrg([accountsTable(2), contactsTable(2)]);
  const source = await bench.connect();
  const contacts = streamOf('Contact', ['LastName', 'AccountId']);
  const cursor = lastCursor(await readAll(source, contacts));
  bench.emulator.org.update('Contact', contactId(1), { AccountId: accountId(2) });
  bench.clock.advance(5 * minute);
  expect(
    recordsOf(await readAll(source, contacts, cursor)).map(({ key, data }) => [key, data['AccountId']]),
  ).toEqual([[contactId(1), accountId(2)]]);
});

test('of two merged accounts one is told as merged into the other, and its children under that one', async () => {
  bench = await openOrg([accountsTable(2), contactsTable(1)]);
  const source = await bench.connect();
  const contacts = streamOf('Contact', ['AccountId']);
  const stand = [lastCursor(await readAll(source, accounts)), lastCursor(await readAll(source, contacts))];
  bench.emulator.org.merge('Account', accountId(2), accountId(1));
  bench.clock.advance(5 * minute);
  const merged = await readAll(source, accounts, stand[0]);
  expect(merged.flatMap((page) => page.deleted)).toEqual([]);
  expect(merged.flatMap((page) => page.merged ?? [])).toEqual([{ key: accountId(1), into: accountId(2) }]);
  expect(recordsOf(merged).map((record) => record.key)).toEqual([accountId(2)]);
  expect(recordsOf(await readAll(source, contacts, stand[1]))[0]!.data).toEqual({ AccountId: accountId(2) });
});

test('the best stamp that can be filtered and sorted by orders the read', async () => {
  const share = { ...accountsTable(4), name: 'AccountShare' };
  const history = { ...accountsTable(4), name: 'AccountHistory' };
  bench = await openOrg([share, history, accountsTable(4)], {
    fieldSettings: { 'Account.SystemModstamp': { filterable: false } },
  });
  const source = await bench.connect({ pageSize: 2 });
  for (const [name, cursor] of [
    ['Account', 'LastModifiedDate'],
    ['AccountShare', 'LastModifiedDate'],
    ['AccountHistory', 'CreatedDate'],
  ] as const) {
    const stream = streamOf(name, ['Name']);
    expect(await source.shape!(stream)).toEqual({ cursor, deletes: true });
    expect(keysOf(await readAll(source, stream))).toHaveLength(4);
  }
});

test('users, who are never deleted, are read too', async () => {
  bench = await openOrg([{ ...accountsTable(3), name: 'User' }]);
  const pages = await readAll(await bench.connect(), streamOf('User', ['Name']));
  expect(keysOf(pages)).toHaveLength(3);
});

test('an object that cannot be read as a whole is an error for a person', async () => {
  bench = await openOrg([accountsTable(3)]);
  const message = 'Implementation restriction: ContentDocumentLink requires a filter by a single Id';
  bench.emulator.server.fault({
    when: isQuery,
    effect: { kind: 'reply', reply: { status: 400, body: [{ errorCode: 'MALFORMED_QUERY', message }] } },
  });
  await expect(readAll(await bench.connect(), accounts)).rejects.toMatchObject({
    code: 'SALESFORCE_OBJECT_UNREADABLE',
  });
});

test('an object without any stamp is read whole each time, in the order of its ids', async () => {
  const hidden = { filterable: false };
  bench = await openOrg([accountsTable(5)], {
    fieldSettings: {
      'Account.SystemModstamp': hidden,
      'Account.LastModifiedDate': hidden,
      'Account.CreatedDate': hidden,
    },
  });
  const source = await bench.connect({ pageSize: 2 });
  const pages = await readAll(source, accounts);
  expect(keysOf(pages)).toEqual([1, 2, 3, 4, 5].map(accountId));
  expect(keysOf(await readAll(source, accounts, pages[0]!.cursor))).toEqual([3, 4, 5].map(accountId));
  expect(keysOf(await readAll(source, accounts, lastCursor(pages)))).toHaveLength(5);
});

test('a row that cannot be read as content is told as unreadable and the read goes on', async () => {
  bench = await openOrg([accountsTable(4)]);
  bench.emulator.server.fault({
    when: isQuery,
    times: 1,
    effect: {
      kind: 'change',
      change: (reply) => {
        const body = JSON.parse(String(reply.body));
        body.records[1].Name = '\ud800';
        delete body.records[2].AnnualRevenue;
        body.records[3].Id = null;
        return { ...reply, body: JSON.stringify(body) };
      },
    },
  });
  const [page] = await readAll(await bench.connect(), accounts);
  expect(page!.records.map((record) => record.key)).toEqual([accountId(1)]);
  expect(page!.unreadable).toEqual([
    {
      key: accountId(2),
      reason: 'Name cannot be read as string',
      payload: expect.objectContaining({ Id: accountId(2), Name: '\ud800' }),
    },
    {
      key: accountId(3),
      reason: 'AnnualRevenue is missing from the answer',
      payload: expect.objectContaining({ Id: accountId(3) }),
    },
    {
      reason: 'Salesforce gave a record without a usable Id',
      payload: expect.objectContaining({ Id: null, Name: expect.any(String) }),
    },
  ]);
});

test('from any page on, under random changes and late commits, no change is ever lost', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = createRandom(seed);
    const many = await openOrg([accountsTable(30, 7)], { pageSize: 3 });
    bench = many;
    const { org } = many.emulator;
    const source = await many.connect({ pageSize: 4 });
    const seen = new Map<string, unknown>();
    let cursor = undefined as Parameters<typeof readAll>[2];
    const apply = (pages: Awaited<ReturnType<typeof readAll>>): void => {
      for (const page of pages) {
        for (const record of page.records) seen.set(record.key, record.data['AnnualRevenue']);
        for (const key of page.deleted ?? []) seen.delete(key);
      }
    };
    for (let step = 0; step < 12; step++) {
      for (let change = 0; change < 5; change++) {
        const commit = { commitAfterMs: Math.floor(random() * 9 * minute) };
        const id = accountId(1 + Math.floor(random() * 25));
        const kind = random();
        if (kind < 0.5) org.update('Account', id, { AnnualRevenue: step * 100 + change }, commit);
        else if (kind < 0.7) org.insert('Account', { Name: 'N', AnnualRevenue: step }, commit);
        else if (kind < 0.85) org.remove('Account', id, commit);
        else org.undelete('Account', id, commit);
        many.clock.advance(Math.floor(random() * 40_000));
      }
      const pages = await readAll(source, accounts, cursor);
      const kept = pages.slice(0, 1 + Math.floor(random() * pages.length));
      apply(kept);
      cursor = lastCursor(kept);
      many.clock.advance(Math.floor(random() * 3 * minute));
    }
    for (let settle = 0; settle < 3; settle++) {
      many.clock.advance(10 * minute);
      const pages = await readAll(source, accounts, cursor);
      apply(pages);
      cursor = lastCursor(pages);
    }
    const alive = org.rows('Account').filter((row) => row['IsDeleted'] === false);
    expect(seen, `seed ${seed}`).toEqual(
      new Map(alive.map((row) => [String(row['Id']), row['AnnualRevenue']])),
    );
    if (seed < 8) await many.emulator.close();
  }
});
