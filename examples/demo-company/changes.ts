import type { Json } from '../../core/contract/json.ts';
import type { Table } from '../../core/testing/table.ts';
import { dateAfter, instantText } from './dice.ts';
import type { DemoCompany, Row } from './generate.ts';
import { differences, rowsOf, type DocumentRef } from './shown.ts';
import { larkhavenSchools } from './stories/larkhaven-schools.ts';
import { merrowValeHealth } from './stories/merrow-vale-health.ts';
import { pellucidInsurance } from './stories/pellucid-insurance.ts';
import { quillonEnergy } from './stories/quillon-energy.ts';
import { sundgauPrecision } from './stories/sundgau-precision.ts';
import { usageRow } from './usage.ts';

/** One thing that somebody does in a system of record. */
export type DemoChange = { readonly what: string; readonly table: string } & (
  | {
      readonly source: 'salesforce';
      readonly action: 'update';
      readonly key: string;
      readonly fields: Readonly<Record<string, Json>>;
    }
  | { readonly source: 'salesforce'; readonly action: 'delete'; readonly key: string }
  | { readonly source: 'snowflake'; readonly action: 'insert'; readonly row: Row }
);

export interface DemoChanges {
  readonly changes: readonly DemoChange[];
  /** What a sync after the changes has to do, on every destination, and nothing else. */
  readonly expectedDocuments: {
    readonly written: readonly DocumentRef[];
    readonly deleted: readonly DocumentRef[];
  };
}

/**
 * The second act of the demo: four changes that touch seven documents. `now` is when they happen; a warehouse row gets
 * it as its load time, Salesforce stamps by itself.
 */
export function demoChanges(company: DemoCompany, now = company.now): DemoChanges {
  const idOf = (table: string, is: (row: Row) => boolean): string => {
    const row = rowsOf(company, table).find(is);
    if (!row) throw new RangeError(`The demo company has no such record in ${table}`);
    return String(row['Id']);
  };
  const account = (name: string): string => idOf('Account', (row) => row['Name'] === name);
  const [won] = merrowValeHealth.opportunities;
  const [mistake] = pellucidInsurance.cases;
  const [mover] = quillonEnergy.contacts;
  if (!won || !mistake || !mover) throw new RangeError('A story lacks what the second act changes');
  const quillon = account(quillonEnergy.name);
  const larkhaven = account(larkhavenSchools.name).slice(0, 15);
  const latest = rowsOf(company, 'ANALYTICS.MART.PRODUCT_USAGE').findLast(
    (row) => row['ACCOUNT_ID'] === larkhaven,
  );
  const users = Math.round(Number(latest?.['ACTIVE_USERS']) * 0.9);
  const changes: readonly DemoChange[] = [
    {
      what: `the opportunity "${won.name}" is won`,
      source: 'salesforce',
      table: 'Opportunity',
      action: 'update',
      key: idOf('Opportunity', (row) => row['Name'] === won.name),
      fields: {
        StageName: 'Closed Won',
        IsClosed: true,
        IsWon: true,
        Probability: 100,
        CloseDate: dateAfter(now, 0),
        NextStep: null,
      },
    },
    {
      what: `the case "${mistake.subject}" of ${pellucidInsurance.name} is deleted`,
      source: 'salesforce',
      table: 'Case',
      action: 'delete',
      key: idOf('Case', (row) => row['Subject'] === mistake.subject),
    },
    {
      what: `${mover.firstName} ${mover.lastName} moves from ${quillonEnergy.name} to ${sundgauPrecision.name}`,
      source: 'salesforce',
      table: 'Contact',
      action: 'update',
      key: idOf('Contact', (row) => row['LastName'] === mover.lastName && row['AccountId'] === quillon),
      fields: { AccountId: account(sundgauPrecision.name) },
    },
    {
      what: `the warehouse gets this month's product usage of ${larkhavenSchools.name}`,
      source: 'snowflake',
      table: 'ANALYTICS.MART.PRODUCT_USAGE',
      action: 'insert',
      row: {
        ...usageRow(larkhaven, company.now, 0, users, users * 41, Number(latest?.['STORAGE_GB']) + 0.6),
        UPDATED_AT: instantText(now),
      },
    },
  ];
  return { changes, expectedDocuments: differences(company, applyChanges(company, changes)) };
}

/** The company as it is after the changes; the one given stays as it was. */
export function applyChanges(company: DemoCompany, changes: readonly DemoChange[]): DemoCompany {
  const applied = (table: Table): Table =>
    changes
      .filter((change) => change.table === table.name)
      .reduce<Table>((before, change) => ({ ...before, rows: changedRows(before.rows, change) }), table);
  return {
    now: company.now,
    salesforce: company.salesforce.map(applied),
    snowflake: company.snowflake.map(applied),
  };
}

function changedRows(rows: readonly Row[], change: DemoChange): readonly Row[] {
  if (change.action === 'insert') return [...rows, change.row];
  if (change.action === 'delete') return rows.filter((row) => row['Id'] !== change.key);
  return rows.map((row) => (row['Id'] === change.key ? { ...row, ...change.fields } : row));
}
