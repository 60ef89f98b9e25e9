import { dateAfter, dayMs, instantText, monthAfter, type Dice } from './dice.ts';
import type { Row } from './generate.ts';

/** Twelve full months up to the one before now. */
export function usageRows(
  accountId: string,
  shape: { readonly users: number; readonly falls?: boolean },
  now: number,
  dice: Dice,
): Row[] {
  const growth = dice.between(-6, 14) / 1000;
  let storage = shape.users * 0.4 + dice.between(0, 80);
  return Array.from({ length: 12 }, (_, index) => {
    const monthsAgo = 12 - index;
    const fall = shape.falls ? [1, 0.85, 0.6, 0.45, 0.34][Math.min(4, Math.max(0, 5 - monthsAgo))]! : 1;
    const users = Math.max(1, Math.round(shape.users * (1 + growth * index) * fall + dice.between(-2, 2)));
    storage += users * 0.01 + dice.between(0, 9) / 10;
    return usageRow(accountId, now, -monthsAgo, users, users * dice.between(40, 90), storage);
  });
}

/** A row is loaded with all others of its month, in the second night after the month's end. */
export function usageRow(
  accountId: string,
  now: number,
  months: number,
  users: number,
  calls: number,
  storage: number,
): Row {
  const loaded = Date.parse(monthAfter(now, months + 1)) + dayMs + 3 * 3_600_000;
  return {
    ACCOUNT_ID: accountId,
    MONTH: monthAfter(now, months),
    ACTIVE_USERS: users,
    API_CALLS: calls,
    STORAGE_GB: Math.round(storage * 10) / 10,
    UPDATED_AT: instantText(Math.min(loaded, now - dayMs)),
  };
}

/** One invoice a quarter; `disputed` marks the last two. */
export function invoiceRows(
  accountId: string,
  firstNumber: number,
  quarterly: number,
  currency: string,
  disputed: boolean,
  now: number,
  dice: Dice,
): Row[] {
  return Array.from({ length: 4 }, (_, index) => {
    const issued = Date.parse(dateAfter(now, -(20 + (3 - index) * 91)));
    const last = index === 3;
    const unpaid = dice.pick(['open', 'open', 'paid', 'overdue']);
    const status = disputed && index >= 2 ? 'disputed' : last ? unpaid : 'paid';
    const extra = dice.chance(0.2) ? dice.between(1, 40) * 25 : 0;
    return {
      INVOICE_ID: `INV-${String(firstNumber + index).padStart(6, '0')}`,
      ACCOUNT_ID: accountId,
      AMOUNT: Math.round((quarterly + extra) * 121) / 100,
      CURRENCY: currency,
      ISSUED_ON: dateAfter(issued, 0),
      STATUS: status,
      UPDATED_AT: instantText(Math.min(issued + (status === 'paid' ? 25 : 1) * dayMs, now - dayMs)),
    };
  });
}
