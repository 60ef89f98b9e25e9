import { startSalesforceEmulator } from '../../../connectors/salesforce/emulator/index.ts';
import type {
  SalesforceEmulator,
  SalesforceEmulatorOptions,
} from '../../../connectors/salesforce/emulator/index.ts';
import { salesforce } from '../../../connectors/salesforce/index.ts';
import type { SalesforceStreamOptions } from '../../../connectors/salesforce/config.ts';
import type { SalesforceCursor } from '../../../connectors/salesforce/cursor.ts';
import type { Json } from '../../../core/contract/json.ts';
import type { Page, Source, Stream } from '../../../core/contract/source.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import { createRecordingLog, createTestContext, type RecordingLog } from '../../../core/testing/context.ts';
import type { Table } from '../../../core/testing/table.ts';
import { recordId18 } from '../../../connectors/salesforce/record-id.ts';

export type SalesforceSource = Source<SalesforceStreamOptions, SalesforceCursor>;
export type SalesforcePage = Page<SalesforceCursor>;

export interface OrgBench {
  readonly emulator: SalesforceEmulator;
  readonly clock: TestClock;
  readonly log: RecordingLog;
  /** Never aborts. */
  readonly signal: AbortSignal;
  connect(settings?: Record<string, unknown>): Promise<SalesforceSource>;
}

export const hour = 3_600_000;
export const accountId = (number: number): string => recordId18(`001EM${String(number).padStart(10, '0')}`);
export const contactId = (number: number): string => recordId18(`003EM${String(number).padStart(10, '0')}`);

/** Accounts stamped `perSecond` to a second, an hour before the clock of the bench starts. */
export function accountsTable(count: number, perSecond = 3): Table {
  const start = createTestClock().now() - hour;
  return {
    name: 'Account',
    label: 'Account',
    key: ['Id'],
    columns: [
      { name: 'Name', type: 'text', label: 'Account Name', nullable: false },
      {
        name: 'Industry',
        type: 'picklist',
        comment: 'Main line of business',
        values: [{ value: 'BANK', label: 'Banking' }],
      },
      { name: 'AnnualRevenue', type: 'number', sensitivity: 'Confidential' },
      { name: 'Phone', type: 'text', sensitivity: 'PII' },
      { name: 'Active__c', type: 'boolean' },
      { name: 'FoundedOn__c', type: 'date' },
      { name: 'LastCall__c', type: 'timestamp' },
      { name: 'Description', type: 'long-text' },
      { name: 'Score__c', type: 'number', calculated: true },
      { name: 'OwnerId', type: 'reference', refersTo: 'User' },
    ],
    rows: Array.from({ length: count }, (_, index) => ({
      Id: accountId(index + 1),
      Name: `Company ${index + 1}`,
      Industry: 'BANK',
      AnnualRevenue: index * 10.5,
      Active__c: index % 2 === 0,
      SystemModstamp: new Date(start + Math.floor(index / perSecond) * 1000).toISOString(),
    })),
  };
}

export function contactsTable(count: number): Table {
  return {
    name: 'Contact',
    key: ['Id'],
    columns: [
      { name: 'LastName', type: 'text' },
      { name: 'AccountId', type: 'reference', refersTo: 'Account' },
    ],
    rows: Array.from({ length: count }, (_, index) => ({
      Id: contactId(index + 1),
      LastName: `Person ${index + 1}`,
      AccountId: accountId(1),
      SystemModstamp: new Date(createTestClock().now() - hour).toISOString(),
    })),
  };
}

export async function openOrg(
  tables: readonly Table[],
  options: Omit<SalesforceEmulatorOptions, 'tables' | 'now'> = {},
): Promise<OrgBench> {
  const clock = createTestClock();
  const emulator = await startSalesforceEmulator({ ...options, tables, now: clock.now });
  const log = createRecordingLog();
  const context = createTestContext({ name: 'crm', clock, log });
  return {
    signal: context.signal,
    emulator,
    clock,
    log,
    connect: (settings = {}) =>
      salesforce.create(
        salesforce.config.parse({
          loginUrl: emulator.url,
          auth: {
            clientId: emulator.env['SALESFORCE_CLIENT_ID'],
            clientSecret: emulator.env['SALESFORCE_CLIENT_SECRET'],
          },
          ...settings,
        }),
        context,
      ) as Promise<SalesforceSource>,
  };
}

export const streamOf = (
  name: string,
  fields: readonly string[],
  options: Record<string, Json> = {},
): Stream<SalesforceStreamOptions> => ({
  name,
  fields,
  options: salesforce.stream.parse(options) as SalesforceStreamOptions,
});
export const accounts = streamOf('Account', ['Name', 'AnnualRevenue', 'Active__c']);

export async function readAll(
  source: SalesforceSource,
  stream: Stream<SalesforceStreamOptions>,
  from?: SalesforceCursor,
): Promise<SalesforcePage[]> {
  const pages: SalesforcePage[] = [];
  for await (const page of source.read({ stream, from, signal: new AbortController().signal }))
    pages.push(page);
  return pages;
}
export const recordsOf = (pages: readonly SalesforcePage[]) => pages.flatMap((page) => page.records);
export const keysOf = (pages: readonly SalesforcePage[]): string[] =>
  pages.flatMap((page) => [...page.records.map((record) => record.key), ...(page.deleted ?? [])]);
export const lastCursor = (pages: readonly SalesforcePage[]): SalesforceCursor => pages.at(-1)!.cursor!;

export const isQuery = (request: { readonly path: string }): boolean =>
  /(?<!\/jobs)\/query(All)?(\/|$)/.test(request.path);

/** An answer that refuses as Salesforce does. */
export const refuse = (status: number, errorCode: string, message: string) => ({
  kind: 'reply' as const,
  reply: { status, body: [{ errorCode, message }] },
});
