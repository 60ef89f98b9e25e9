import { createRandom } from '../../core/testing/random.ts';
import type { Table } from '../../core/testing/table.ts';
import { generateAccount } from './account.ts';
import { createDice } from './dice.ts';
import {
  accountObject,
  caseObject,
  contactObject,
  escalationObject,
  opportunityObject,
  userObject,
  type Shape,
} from './salesforce-objects.ts';
import { shortId } from './salesforce-id.ts';
import { invoicesTable, productUsageTable } from './snowflake-tables.ts';
import { stories } from './stories/stories.ts';
import { usageRows } from './usage.ts';
import { generateUsers } from './users.ts';

export type Row = Table['rows'][number];

export interface DemoCompany {
  readonly salesforce: readonly Table[];
  readonly snowflake: readonly Table[];
  /** The instant that every date of the company is counted from. */
  readonly now: number;
}

export interface DemoOptions {
  /** 1 gives 60 accounts, 100 opportunities and 140 cases; 70 gives some 100,000 records. */
  readonly scale?: number;
  readonly seed?: number;
  /** Milliseconds since 1970. Ids and texts do not depend on it, dates do. */
  readonly now?: number;
}

/**
 * Corvane Software, an invented company that sells the workflow product Corvane Flow, with its customers. The same
 * options give the same records on every machine. In every sixty accounts one contact and one case have no account,
 * and the warehouse knows one customer that Salesforce no longer has: real data has such gaps.
 */
export function generateDemoCompany(options: DemoOptions = {}): DemoCompany {
  const { scale = 1, seed = 7, now = Date.UTC(2026, 0, 15, 12) } = options;
  const accountCount = Math.max(stories.length, Math.round(60 * scale));
  const users = generateUsers(Math.max(8, Math.round(8 * scale)), now);
  const rows = {
    accounts: [] as Row[],
    contacts: [] as Row[],
    opportunities: [] as Row[],
    cases: [] as Row[],
    escalations: [] as Row[],
    usage: [] as Row[],
    invoices: [] as Row[],
  };
  for (let index = 0; index < accountCount; index++) {
    const dice = createDice(createRandom(seed * 1_000_003 + index));
    generateAccount({ index, story: stories[index], users, now, dice, rows });
  }
  for (let index = 0; index < accountCount; index += 60) {
    const dice = createDice(createRandom(seed * 1_000_003 - 1 - index));
    rows.usage.push(...usageRows(shortId('Account', 10_000_000 + index), { users: 35 }, now, dice));
  }
  const table = (shape: Shape, filled: readonly Row[]): Table => ({ ...shape, rows: filled });
  return {
    now,
    salesforce: [
      table(userObject, users),
      table(accountObject, rows.accounts),
      table(contactObject, rows.contacts),
      table(opportunityObject, rows.opportunities),
      table(caseObject, rows.cases),
      table(escalationObject, rows.escalations),
    ],
    snowflake: [table(productUsageTable, rows.usage), table(invoicesTable, rows.invoices)],
  };
}
