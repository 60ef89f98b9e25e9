import type { Json } from '../../../core/contract/json.ts';
import { invoicesTable, usageTable } from './company.ts';
import type { Services } from './services.ts';

type Row = Readonly<Record<string, Json>>;
export interface Expected {
  readonly title: string;
  /** White space counts as one blank. */
  readonly text: string;
  readonly industry: string | undefined;
}
/** What each plane should hold, by document id. */
export interface ExpectedPlanes {
  readonly bedrock: Readonly<Record<string, Expected>>;
  readonly azure: Readonly<Record<string, Expected>>;
}

const ascending = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const shown = (value: Json | undefined): string => String(value ?? '');

/** Works the documents out from the rows of the services, by plain code that shares nothing with the engine. */
export function expectedPlanes({ salesforce, snowflake }: Services): ExpectedPlanes {
  const live = (object: string): Row[] => salesforce.org.rows(object).filter((row) => !row['IsDeleted']);
  const rowsOf = (table: string, id: string): Row[] =>
    snowflake.warehouse.rows(table).filter((row) => row['ACCOUNT_ID'] === id.slice(0, 15));
  const list = (heading: string, lines: readonly string[]): string =>
    lines.length > 0 ? `${heading} ${lines.join(' ')}` : '';

  const accounts: Record<string, Expected> = {};
  for (const { Id, Name, Industry, OwnerId } of live('Account')) {
    const id = shown(Id);
    const owner = live('User').find((user) => user['Id'] === OwnerId);
    const contacts = live('Contact')
      .filter((contact) => contact['AccountId'] === id)
      .sort(
        (one, other) =>
          ascending(shown(one['LastName']), shown(other['LastName'])) ||
          ascending(shown(one['Id']), shown(other['Id'])),
      )
      .slice(0, 4)
      .map((contact) => `- ${shown(contact['LastName'])} works at ${shown(Name)}`);
    const usage = rowsOf(usageTable, id)
      .sort((one, other) => ascending(shown(other['MONTH']), shown(one['MONTH'])))
      .slice(0, 3)
      .map((row) => `- ${shown(Name)} made ${shown(row['CALLS'])} calls in ${shown(row['MONTH'])}`);
    const invoices = rowsOf(invoicesTable, id)
      .sort((one, other) => ascending(shown(one['INVOICE_ID']), shown(other['INVOICE_ID'])))
      .slice(0, 3)
      .map((row) => `- Invoice ${shown(row['INVOICE_ID'])} to ${shown(Name)} says ${shown(row['AMOUNT'])}`);
    const text = [
      `# ${shown(Name)} ${shown(Name)} is looked after by ${shown(owner?.['Name'])}.`,
      list(`## Contacts of ${shown(Name)}`, contacts),
      list(`## Usage of ${shown(Name)}`, usage),
      list(`## Invoices of ${shown(Name)}`, invoices),
    ];
    accounts[documentId('account', 'Account', id)] = {
      title: shown(Name),
      text: text.filter((part) => part !== '').join(' '),
      industry: shown(Industry),
    };
  }
  const cases: Record<string, Expected> = {};
  for (const { Id, Subject, AccountId } of live('Case')) {
    const account = live('Account').find((one) => one['Id'] === AccountId);
    cases[documentId('case', 'Case', shown(Id))] = {
      title: shown(Subject),
      text: `# ${shown(Subject)} ${shown(Subject)}, opened by ${account ? shown(account['Name']) : 'nobody'}.`,
      industry: undefined,
    };
  }
  return { bedrock: { ...accounts, ...cases }, azure: accounts };
}

const documentId = (kind: string, object: string, key: string): string =>
  `acme:${kind}:salesforce:00DEM0000000001EAA:${object}:${key}`;
