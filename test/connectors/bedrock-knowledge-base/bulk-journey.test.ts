import { afterEach, beforeEach, expect, test } from 'vitest';
import { isVerified } from '../../../sync/verify.ts';
import { openBulkCompany, type BulkCompany } from './bulk-company.ts';

const accounts = 260;
let company: BulkCompany;
beforeEach(async () => {
  company = await openBulkCompany({ accounts, from: 100, jobFrom: 20 });
});
afterEach(() => company.close());

const sync = async () => (await company.inProcess((tributary) => tributary.sync())).destinations[0];
const changesAsked = (): number =>
  [...company.emulator.server.requests, ...company.emulator.s3!.server.requests].filter(
    ({ method, path }) => method === 'PUT' || method === 'DELETE' || /deleteDocuments$/.test(path),
  ).length;

test('a first load by way of S3, small changes, a deletion, a repair: the knowledge base follows, and says so', async () => {
  const plan = await company.inProcess((tributary) => tributary.plan());
  expect(plan.destinations[0]).toMatchObject({ create: accounts, road: expect.stringContaining('s3://') });

  expect(await sync()).toMatchObject({ considered: accounts, written: accounts, pending: 0 });
  const { direct, s3, twice } = company.standing();
  expect({ all: direct + s3, twice }).toEqual({ all: accounts, twice: 0 });
  expect(s3).toBeGreaterThan(accounts - 100);

  const before = changesAsked();
  expect(await sync()).toMatchObject({ considered: 0, written: 0 });
  expect(changesAsked()).toBe(before);

  company.tell(250, 'Something new has happened.');
  company.crm.remove('Account', 'a251');
  expect(await sync()).toMatchObject({ written: 1, deleted: 1, pending: 0 });
  expect(company.texts().filter((text) => text.includes('Something new'))).toHaveLength(1);
  expect(company.standing()).toEqual({ direct, s3: s3 - 1, twice: 0 });
  expect(isVerified(await company.inProcess((tributary) => tributary.verify()))).toBe(true);

  const { bucket } = company.emulator.s3!;
  const [lost, orphaned] = bucket.all('').filter(({ key }) => key.endsWith('.md'));
  bucket.remove(lost!.key);
  bucket.put(orphaned!.key.replace(/[^/]+$/, 'nobody.md'), orphaned!.body);
  const broken = await company.inProcess((tributary) => tributary.verify({ repair: true }));
  expect(broken.destinations[0]).toMatchObject({ missingCount: 1, unexpectedCount: 1 });
  expect(broken.repaired!.destinations[0]).toMatchObject({ written: 1, deleted: 1, pending: 0 });
  expect(isVerified(await company.inProcess((tributary) => tributary.verify()))).toBe(true);

  const [answer] = await company.inProcess((tributary) => tributary.ask('Something new'));
  expect(answer).toMatchObject({ hits: [expect.objectContaining({ title: 'Account 250' })] });
});

test('a run that is stopped anywhere in a large load is finished by the next ones, and nothing stands twice', async () => {
  for (const requests of [30, 200, 150]) {
    const controller = new AbortController();
    let seen = 0;
    const stop = company.emulator.s3!.server.fault({
      when: () => ++seen === requests && (controller.abort(), false),
      effect: { kind: 'stall' },
    });
    await company.inProcess((tributary) => tributary.sync(), controller.signal).catch(() => undefined);
    stop();
    expect(controller.signal.aborted).toBe(true);
  }
  for (let run = 0; run < 3; run++) await sync();
  expect(company.standing()).toMatchObject({ twice: 0 });
  const verified = await company.inProcess((tributary) => tributary.verify());
  expect(verified.divergentIds).toEqual([]);
  expect(isVerified(verified)).toBe(true);
});
