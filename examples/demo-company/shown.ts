import type { DemoCompany, Row } from './generate.ts';
import { longId } from './salesforce-id.ts';

/** A document by what it is about. */
export interface DocumentRef {
  readonly kind: 'account' | 'opportunity' | 'case';
  /** The 18-character id of the Salesforce record. */
  readonly key: string;
}

/**
 * What each document shows, by `kind:key`, as the kinds of connectors.config.yaml say: written in plain code, without
 * the engine, so that what the engine does can be checked against it.
 */
export function shownByDocument(company: DemoCompany): ReadonlyMap<string, string> {
  const [users, accounts, contacts, opportunities, cases] = [
    'User',
    'Account',
    'Contact',
    'Opportunity',
    'Case',
  ].map((name) => rowsOf(company, name)) as [Row[], Row[], Row[], Row[], Row[]];
  const userById = new Map(users.map((user) => [user['Id'], user]));
  const accountById = new Map(accounts.map((account) => [account['Id'], account]));
  const accountKey = (row: Row): string => longId(String(row['ACCOUNT_ID']));
  const usage = groupBy(rowsOf(company, 'ANALYTICS.MART.PRODUCT_USAGE'), accountKey);
  const invoices = groupBy(rowsOf(company, 'ANALYTICS.MART.INVOICES'), accountKey);
  const byAccount = (rows: Row[]) => groupBy(rows, (row) => String(row['AccountId']));
  const contactsOf = byAccount(contacts);
  const opportunitiesOf = byAccount(opportunities.filter((one) => one['IsClosed'] === false));
  const casesOf = byAccount(cases);
  const ownerName = (row: Row) => userById.get(row['OwnerId'] ?? null)?.['Name'] ?? null;

  const shown = new Map<string, string>();
  const show = (kind: DocumentRef['kind'], row: Row, parts: unknown): void =>
    void shown.set(`${kind}:${row['Id']}`, JSON.stringify([row, parts]));
  for (const row of accounts) {
    const id = String(row['Id']);
    show('account', pick(row, accountFields), {
      owner: ownerName(row),
      contacts: first(8, sorted(contactsOf.get(id), 'LastName'), ['FirstName', 'LastName', 'Title']),
      opportunities: first(10, sorted(opportunitiesOf.get(id), 'CloseDate'), opportunityFields),
      cases: first(5, sorted(casesOf.get(id), 'CreatedDate').toReversed(), caseFields),
      usage: first(6, sorted(usage.get(id), 'MONTH').toReversed(), usageFields),
      invoices: first(4, sorted(invoices.get(id), 'ISSUED_ON').toReversed(), invoiceFields),
    });
  }
  for (const row of opportunities) {
    const account = accountById.get(row['AccountId'] ?? null);
    show('opportunity', pick(row, opportunityFields), {
      owner: ownerName(row),
      account: account && pick(account, ['Name', 'Industry', 'BillingCountry', 'Renewal_Risk__c']),
    });
  }
  for (const row of cases) {
    const account = accountById.get(row['AccountId'] ?? null);
    show('case', pick(row, caseFields), {
      account: account && pick(account, ['Name', 'Industry', 'Plan__c']),
    });
  }
  return shown;
}

/** Which documents differ between two states of the company. */
export function differences(before: DemoCompany, after: DemoCompany) {
  const was = shownByDocument(before);
  const is = shownByDocument(after);
  const refOf = (id: string): DocumentRef => {
    const [kind, key] = id.split(':') as [DocumentRef['kind'], string];
    return { kind, key };
  };
  return {
    written: [...is].filter(([id, text]) => was.get(id) !== text).map(([id]) => refOf(id)),
    deleted: [...was.keys()].filter((id) => !is.has(id)).map(refOf),
  };
}

const accountFields = [
  'Id',
  'Name',
  'Type',
  'Industry',
  'AnnualRevenue',
  'NumberOfEmployees',
  'BillingCity',
  'BillingCountry',
  'Website',
  'Description',
  'CurrencyIsoCode',
  'Plan__c',
  'Renewal_Date__c',
  'Renewal_Risk__c',
  'Renewal_Risk_Reason__c',
];
const opportunityFields = [
  'Id',
  'Name',
  'Type',
  'StageName',
  'Amount',
  'CurrencyIsoCode',
  'Probability',
  'CloseDate',
  'IsClosed',
  'IsWon',
  'NextStep',
  'Description',
];
const caseFields = [
  'Id',
  'CaseNumber',
  'Subject',
  'Type',
  'Description',
  'Status',
  'Priority',
  'Origin',
  'IsClosed',
  'CreatedDate',
  'ClosedDate',
  'Resolution__c',
];
const usageFields = ['MONTH', 'ACTIVE_USERS', 'API_CALLS', 'STORAGE_GB'];
const invoiceFields = ['INVOICE_ID', 'AMOUNT', 'CURRENCY', 'ISSUED_ON', 'STATUS'];

export function rowsOf(company: DemoCompany, table: string): Row[] {
  const found = [...company.salesforce, ...company.snowflake].find((one) => one.name === table);
  if (!found) throw new RangeError(`The demo company has no table ${table}`);
  return [...found.rows];
}

const pick = (row: Row, fields: readonly string[]): Row =>
  Object.fromEntries(fields.map((field) => [field, row[field] ?? null]));

const first = (limit: number, rows: Row[], fields: readonly string[]): Row[] =>
  rows.slice(0, limit).map((row) => pick(row, fields));

const sorted = (rows: Row[] | undefined, field: string): Row[] =>
  [...(rows ?? [])].sort((a, b) => (String(a[field]) < String(b[field]) ? -1 : 1));

function groupBy(rows: Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
