import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  accountId,
  accounts,
  accountsTable,
  isQuery,
  keysOf,
  lastCursor,
  openOrg,
  readAll,
  recordsOf,
  refuse,
  streamOf,
  type OrgBench,
  type SalesforcePage,
} from './bench.ts';

let bench: OrgBench;
const minute = 60_000;
beforeEach(async () => {
  bench = await openOrg([accountsTable(6)]);
});
afterEach(() => bench.emulator.close());
const hide = (field: string, hidden = true): void =>
  bench.emulator.org.setField('Account', field, { hidden });
const update = (number: number, revenue: number): void => {
  bench.emulator.org.update('Account', accountId(number), { AnnualRevenue: revenue });
  bench.clock.advance(5 * minute);
};
const noticesOf = (pages: readonly SalesforcePage[]): string[] => pages.flatMap((page) => page.notices ?? []);

test('a field whose permission is lost is told in every read, and records come without it, never empty', async () => {
  const source = await bench.connect({ lookback: '0s' });
  const first = await readAll(source, accounts);
  hide('AnnualRevenue');
  update(2, 777);
  const pages = await readAll(source, accounts, lastCursor(first));
  expect(recordsOf(pages).map(({ key, data }) => [key, data])).toEqual([
    [accountId(2), { Name: 'Company 2', Active__c: false }],
  ]);
  const told = expect.stringMatching(
    /^AnnualRevenue of Account is gone, or .* the stream goes on without it/,
  );
  expect(noticesOf(pages)).toEqual([told]);
  expect(noticesOf(await readAll(source, accounts, lastCursor(pages)))).toEqual([told]);
});

test('records that did not change meanwhile are not read again: what they held stays', async () => {
  const source = await bench.connect({ lookback: '0s' });
  const first = await readAll(source, accounts);
  const shape = await source.shape!(accounts);
  hide('AnnualRevenue');
  bench.clock.advance(5 * minute);
  expect(await source.shape!(accounts)).toEqual(shape);
  expect(keysOf(await readAll(source, accounts, lastCursor(first)))).toEqual([]);
});

test('when the field is there again, what changed without it is read once more, whole', async () => {
  const source = await bench.connect({ lookback: '0s' });
  let cursor = lastCursor(await readAll(source, accounts));
  hide('AnnualRevenue');
  update(2, 777);
  cursor = lastCursor(await readAll(source, accounts, cursor));
  update(3, 888);
  cursor = lastCursor(await readAll(source, accounts, cursor));
  hide('AnnualRevenue', false);
  bench.clock.advance(5 * minute);
  const pages = await readAll(source, accounts, cursor);
  expect(recordsOf(pages).map(({ key, data }) => [key, data['AnnualRevenue']])).toEqual([
    [accountId(2), 777],
    [accountId(3), 888],
  ]);
  expect(noticesOf(pages)).toEqual([
    expect.stringMatching(/^AnnualRevenue of Account is there again: records/),
  ]);
  bench.clock.advance(5 * minute);
  const quiet = await readAll(source, accounts, lastCursor(pages));
  expect([keysOf(quiet), noticesOf(quiet)]).toEqual([[], []]);
});

test('a read that stops while the field comes back still reads all of it once more', async () => {
  const source = await bench.connect({ lookback: '0s', pageSize: 2 });
  let cursor = lastCursor(await readAll(source, accounts));
  hide('AnnualRevenue');
  for (const number of [1, 2, 3, 4, 5]) {
    bench.emulator.org.update('Account', accountId(number), { AnnualRevenue: number });
    bench.clock.advance(1000);
  }
  bench.clock.advance(5 * minute);
  const [stopped] = await readAll(source, accounts, cursor);
  expect(keysOf([stopped!])).toHaveLength(2);
  cursor = stopped!.cursor!;
  hide('AnnualRevenue', false);
  const rest = await readAll(source, accounts, cursor);
  const revenue = new Map(recordsOf(rest).map(({ key, data }) => [key, data['AnnualRevenue']]));
  expect(revenue).toEqual(new Map([1, 2, 3, 4, 5].map((number) => [accountId(number), number])));
});

test('a read that stops twice while a field is missing still remembers since when', async () => {
  const source = await bench.connect({ lookback: '0s', pageSize: 2 });
  let cursor = lastCursor(await readAll(source, accounts));
  hide('AnnualRevenue');
  update(1, 100);
  cursor = lastCursor(await readAll(source, accounts, cursor));
  for (const number of [2, 3, 4, 5, 6]) {
    bench.emulator.org.update('Account', accountId(number), { AnnualRevenue: number });
    bench.clock.advance(1000);
  }
  bench.clock.advance(5 * minute);
  for (let stop = 0; stop < 2; stop++) cursor = (await readAll(source, accounts, cursor))[0]!.cursor!;
  expect(cursor.after).toBeDefined();
  hide('AnnualRevenue', false);
  const rest = await readAll(source, accounts, cursor);
  const revenue = new Map(recordsOf(rest).map(({ key, data }) => [key, data['AnnualRevenue']]));
  expect(revenue).toEqual(new Map([100, 2, 3, 4, 5, 6].map((value, index) => [accountId(index + 1), value])));
});

test('what the overlap of two reads showed without a field is read once more too', async () => {
  const source = await bench.connect({ pageSize: 2 });
  update(1, 100);
  let cursor = lastCursor(await readAll(source, accounts));
  hide('AnnualRevenue');
  for (const number of [2, 3, 4]) update(number, number);
  const [stopped] = await readAll(source, accounts, cursor);
  cursor = stopped!.cursor!;
  cursor = lastCursor(await readAll(source, accounts, cursor));
  hide('AnnualRevenue', false);
  bench.clock.advance(60 * minute);
  const revenue = new Map(
    recordsOf(await readAll(source, accounts, cursor)).map(({ key, data }) => [key, data['AnnualRevenue']]),
  );
  expect(revenue.get(accountId(1))).toBe(100);
  expect([2, 3, 4].map((number) => revenue.get(accountId(number)))).toEqual([2, 3, 4]);
});

test('a field lost in the middle of a read is left out from the next page on', async () => {
  const source = await bench.connect({ pageSize: 2 });
  const pages: SalesforcePage[] = [];
  for await (const page of source.read({ stream: accounts, from: undefined, signal: bench.signal })) {
    pages.push(page);
    hide('AnnualRevenue');
  }
  expect(keysOf(pages)).toHaveLength(6);
  expect(recordsOf(pages).filter(({ data }) => 'AnnualRevenue' in data)).toHaveLength(2);
  expect(noticesOf(pages)).toHaveLength(1);
  expect(lastCursor(pages).without).toEqual({ AnnualRevenue: expect.any(String) });
});

test('a field that describe shows and a query refuses is for a person, not an endless loop', async () => {
  bench.emulator.server.fault({
    when: isQuery,
    effect: refuse(400, 'INVALID_FIELD', "No such column 'Name'"),
  });
  await expect(readAll(await bench.connect(), accounts)).rejects.toMatchObject({
    code: 'SALESFORCE_FIELD_UNKNOWN',
  });
  expect(bench.emulator.server.requests.filter(isQuery)).toHaveLength(2);
});

test('check lets a run go on without a field that was there, and stops for one that never was', async () => {
  await readAll(await bench.connect(), accounts);
  hide('AnnualRevenue');
  const later = await bench.connect();
  await later.check([accounts]);
  await readAll(later, accounts);
  await (await bench.connect()).check([accounts]);
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', fields: { object: 'Account', fields: 'AnnualRevenue' } }),
  );
  await expect(later.check([streamOf('Account', ['Nothing__c'])])).rejects.toMatchObject({
    code: 'SALESFORCE_FIELD_UNKNOWN',
  });
});

test('a lookup goes on without a lost field too', async () => {
  const source = await bench.connect();
  await readAll(source, accounts);
  hide('AnnualRevenue');
  for await (const page of source.lookup!(accounts, [accountId(1)])) {
    expect(page.found[0]!.data).toEqual({ Name: 'Company 1', Active__c: true });
  }
});

test('new, lost and retyped fields of an object are told once', async () => {
  hide('Phone');
  const source = await bench.connect();
  const first = await readAll(source, accounts);
  expect(noticesOf(first)).toEqual([]);
  hide('Phone', false);
  hide('Industry');
  bench.emulator.org.setField('Account', 'AnnualRevenue', { type: 'currency' });
  const pages = await readAll(source, accounts, lastCursor(first));
  expect(noticesOf(pages)).toEqual([
    'Account has new fields: Phone',
    'Account no longer shows fields that are not read: Industry',
    expect.stringMatching(/^AnnualRevenue of Account was double and is currency; records read before keep/),
  ]);
  expect(noticesOf(await readAll(source, accounts, lastCursor(pages)))).toEqual([]);
});

test('drift is told again when the page that told it was not kept', async () => {
  const source = await bench.connect();
  const cursor = lastCursor(await readAll(source, accounts));
  hide('Industry');
  for await (const page of source.read({ stream: accounts, from: cursor, signal: bench.signal })) {
    expect(noticesOf([page])).toHaveLength(1);
    break;
  }
  expect(noticesOf(await readAll(source, accounts, cursor))).toHaveLength(1);
});
