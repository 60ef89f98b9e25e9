import { pickOf, type Random } from '../../simulation/disturb.ts';
import { accountId, confidential, forbidden, invoicesTable, usageTable, userId } from './company.ts';
import type { Services } from './services.ts';

/** One thing that happens in Salesforce or Snowflake: inserts, changes, moves, deletes of every sort, undeletes, merges, late commits. */
export function changeCompany({ salesforce, snowflake, now }: Services, random: Random): void {
  const { org } = salesforce;
  const { warehouse } = snowflake;
  const number = Math.floor(random() * 1000);
  const ids = (object: string, deleted = false): string[] =>
    org
      .rows(object)
      .filter((row) => Boolean(row['IsDeleted']) === deleted)
      .map((row) => String(row['Id']));
  const some = (object: string, act: (id: string) => void, deleted = false): void => {
    const found = ids(object, deleted);
    if (found.length > 0) act(pickOf(random, found));
  };
  const anyAccount = (): string => pickOf(random, [accountId(1), accountId(2), ...ids('Account')]);
  const name = (): string => `Customer ${number}`;
  const late = random() < 0.3 ? { commitAfterMs: 20_000 } : {};
  const usage = { ACCOUNT_ID: anyAccount().slice(0, 15), MONTH: `2026-0${1 + (number % 6)}` };
  const hasUsage = warehouse
    .rows(usageTable)
    .some((row) => row['ACCOUNT_ID'] === usage.ACCOUNT_ID && row['MONTH'] === usage.MONTH);
  const stamped = { CALLS: number, UPDATED_AT: new Date(now()).toISOString() };
  const invoice = `INV-${number % 20}`;
  const hasInvoice = warehouse.rows(invoicesTable).some((row) => row['INVOICE_ID'] === invoice);

  const changes: (() => void)[] = [
    () =>
      org.insert(
        'Account',
        { Name: name(), Industry: 'Retail', Phone: forbidden, OwnerId: userId(1 + (number % 2)) },
        late,
      ),
    () => some('Account', (id) => org.update('Account', id, { Name: name() }, late)),
    () => some('Account', (id) => org.update('Account', id, { Phone: `${forbidden} ${number}` })),
    () => some('Account', (id) => org.update('Account', id, { Industry: `Industry ${number % 3}` })),
    () => some('Account', (id) => org.update('Account', id, { OwnerId: userId(1 + (number % 2)) })),
    () => ids('Account').length > 3 && some('Account', (id) => org.remove('Account', id)),
    () => ids('Account').length > 3 && some('Account', (id) => org.hardDelete('Account', id)),
    () => some('Account', (id) => org.undelete('Account', id), true),
    () => {
      const [winner, loser] = ids('Account');
      if (ids('Account').length > 3) org.merge('Account', winner!, loser!);
    },
    () => org.update('User', userId(1 + (number % 2)), { Name: `Owner ${number}` }),
    () => org.insert('Contact', { LastName: `Person ${number % 9}`, AccountId: anyAccount() }, late),
    () => some('Contact', (id) => org.update('Contact', id, { AccountId: anyAccount() }, late)),
    () => ids('Contact').length > 3 && some('Contact', (id) => org.remove('Contact', id)),
    () => org.insert('Case', { Subject: `${confidential} ${number}`, AccountId: anyAccount() }),
    () => ids('Case').length > 1 && some('Case', (id) => org.hardDelete('Case', id)),
    () => org.insert('Escalation__c', { Name: `${forbidden} ${number}`, Account__c: anyAccount() }),
    () =>
      hasUsage
        ? warehouse.update(usageTable, [usage.ACCOUNT_ID, usage.MONTH], stamped)
        : warehouse.insert(usageTable, { ...usage, ...stamped }),
    () => hasUsage && warehouse.remove(usageTable, [usage.ACCOUNT_ID, usage.MONTH]),
    () =>
      hasInvoice
        ? warehouse.update(invoicesTable, invoice, { AMOUNT: number })
        : warehouse.insert(invoicesTable, {
            INVOICE_ID: invoice,
            ACCOUNT_ID: anyAccount().slice(0, 15),
            AMOUNT: number,
          }),
    () => hasInvoice && warehouse.remove(invoicesTable, invoice),
  ];
  pickOf(random, changes)();
}

/** What came last goes again, before anybody may have noted that it was sent. */
export function removeNewest({ salesforce }: Services): void {
  for (const object of ['Account', 'Case']) {
    const live = salesforce.org.rows(object).filter((row) => !row['IsDeleted']);
    if (live.length > 3) salesforce.org.remove(object, String(live.at(-1)!['Id']));
  }
}
