import type { Scenario } from '../sync/scenario.ts';
import { pickOf, type Random } from './disturb.ts';

/** One change: inserts, updates, moves, deletes with and without a word, undeletes, late commits, broken rows. */
export function changeSources({ crm, warehouse, clock }: Scenario, random: Random): void {
  const account = pickOf(random, ['a1', 'a2', 'a3', 'a4', 'a5']);
  const child = pickOf(random, ['x1', 'x2', 'x3', 'x4']);
  const user = pickOf(random, ['u1', 'u2']);
  const number = Math.floor(random() * 1000);
  const row = { Id: account, Name: `Name ${number % 5}`, OwnerId: user, Industry: 'Energy' };
  const present = crm.rows('Account').get(account);
  const changes: (() => void)[] = [
    () => crm.put('Account', account, row),
    () => crm.put('Account', account, row),
    () => crm.put('Account', account, { ...row, Name: '' }),
    () => present && crm.touch('Account', account),
    () => present && crm.remove('Account', account),
    () => present?.['Name'] && crm.remove('Account', account, { silent: true }),
    () => present && crm.unreadable('Account', account, 'broken'),
    () => crm.hideUntil('Account', account, row, clock.now() + number * 100),
    () => crm.put('Contact', child, { Id: child, Name: `Contact ${number % 9}`, AccountId: account }),
    () => crm.rows('Contact').has(child) && crm.remove('Contact', child),
    () => crm.put('Deal', child, { Id: child, AccountId: account, Amount: number, IsClosed: random() < 0.4 }),
    () => crm.rows('Deal').has(child) && crm.remove('Deal', child),
    () => crm.put('User', user, { Id: user, Name: `User ${number % 4}` }),
    () => crm.rows('User').has(user) && crm.remove('User', user),
    () =>
      warehouse.put('usage', child, {
        ID: child,
        ACCOUNT: account.toUpperCase(),
        MONTH: `2026-0${1 + (number % 5)}`,
        CALLS: number % 50,
      }),
  ];
  try {
    pickOf(random, changes)();
  } catch (error) {
    // A row that cannot be read has no content to touch.
    if (!(error instanceof Error && error.message.startsWith('model source: no row'))) throw error;
  }
}
