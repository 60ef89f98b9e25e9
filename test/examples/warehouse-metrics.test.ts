import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startSnowflakeEmulator,
  type SemanticView,
  type SnowflakeEmulator,
} from '../../connectors/snowflake/emulator/index.ts';
import type { RunReport } from '../../core/observe/report.ts';
import type { Table } from '../../core/testing/table.ts';
import { startServices, type Services } from '../../sync/demo/services.ts';
import { root } from '../house/source-files.ts';
import { runCommand, temporaryFolder } from '../journeys/command.ts';
import { accountsClose } from '../sync/scenario.ts';

const tables: readonly Table[] = [
  {
    name: 'ANALYTICS.MART.ACCOUNTS',
    comment: 'Customers, one row each.',
    key: ['ACCOUNT_ID'],
    columns: [
      { name: 'ACCOUNT_ID', type: 'text', nullable: false },
      { name: 'NAME', type: 'text' },
      { name: 'REGION', type: 'text', comment: 'Where the contract was signed.' },
      { name: 'TIER', type: 'text', comment: 'What the customer pays for: team or enterprise.' },
    ],
    rows: [
      { ACCOUNT_ID: 'a', NAME: 'Acme', REGION: 'EMEA', TIER: 'enterprise' },
      { ACCOUNT_ID: 'b', NAME: 'Bolt', REGION: 'APAC', TIER: 'team' },
    ],
  },
  {
    name: 'ANALYTICS.MART.INVOICES',
    key: ['ID'],
    columns: [
      { name: 'ID', type: 'integer', nullable: false },
      { name: 'ACCOUNT_ID', type: 'text' },
      { name: 'REGION', type: 'text' },
      { name: 'MONTH', type: 'text' },
      { name: 'AMOUNT', type: 'number', scale: 2 },
      { name: 'ISSUED_ON', type: 'date' },
    ],
    rows: [
      {
        ID: 1,
        ACCOUNT_ID: 'a',
        REGION: 'EMEA',
        MONTH: '2026-01',
        AMOUNT: '1000.50',
        ISSUED_ON: '2026-01-03',
      },
      { ID: 2, ACCOUNT_ID: 'a', REGION: 'EMEA', MONTH: '2026-01', AMOUNT: '200.00', ISSUED_ON: '2026-01-20' },
      { ID: 3, ACCOUNT_ID: 'a', REGION: 'EMEA', MONTH: '2026-02', AMOUNT: '-50.00', ISSUED_ON: '2026-02-01' },
      { ID: 4, ACCOUNT_ID: 'b', REGION: 'APAC', MONTH: '2026-02', AMOUNT: '70.00', ISSUED_ON: '2026-02-02' },
    ],
  },
];

/** `examples/warehouse-metrics`, run by the command line against emulated services. */
describe('documents from a warehouse alone', () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'connectors.config.yaml');
  let warehouse: SnowflakeEmulator;
  let planes: Services;
  let report: RunReport;
  const sync = (...argv: string[]) =>
    runCommand(['sync', '--no-progress', '--config', path, ...argv], {
      env: { ...planes.env, ...warehouse.env },
    });
  /** Text by title, as one plane holds it. */
  const onBedrock = (): Record<string, string> =>
    Object.fromEntries(
      [...planes.bedrock!.documents().values()].map(({ text }) => [/^# (.*)$/m.exec(text)![1]!, text]),
    );
  beforeAll(async () => {
    copyFileSync(join(root, 'examples/warehouse-metrics/connectors.config.yaml'), path);
    warehouse = await startSnowflakeEmulator({ tables, semanticViews: [salesFigures] });
    planes = await startServices({ salesforce: [], snowflake: [], names: ['bedrock', 'azure'] });
    const finished = await sync('--json');
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    report = JSON.parse(finished.stdout) as RunReport;
  });
  afterAll(async () => {
    await warehouse.close();
    await planes.close();
    folder.remove();
  });

  it('are the same on both planes: two accounts, three months of theirs, three of regions, three definitions', () => {
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations.map((one) => one.held)).toEqual([11, 11]);
    expect(Object.keys(onBedrock()).sort()).toEqual([
      'Acme',
      'Bolt',
      'Net revenue in APAC, 2026-02',
      'Net revenue in EMEA, 2026-01',
      'Net revenue in EMEA, 2026-02',
      'Revenue of Acme in 2026-01',
      'Revenue of Acme in 2026-02',
      'Revenue of Bolt in 2026-02',
      'What the fields of accounts mean',
      'What the fields of monthly mean',
      'What the fields of regional mean',
    ]);
    const azure = planes.azure!.documents('warehouse-knowledge').map((one) => String(one['title']));
    expect(azure.sort()).toEqual(Object.keys(onBedrock()).sort());
  });

  it('say a month of an account in lines that stand alone, inside the account and by themselves', () => {
    const line = '- Acme in 2026-01: revenue EUR 1,200.50 (invoices: 2).';
    expect(onBedrock()['Acme']).toContain(
      `## Revenue of Acme by month\n\n- Acme in 2026-02: revenue EUR -50.00 (invoices: 1).\n${line}`,
    );
    expect(onBedrock()['Revenue of Acme in 2026-01']).toBe(
      `# Revenue of Acme in 2026-01\n\n${line}\n- Acme in 2026-01: region EMEA.`,
    );
  });

  it('carry the definition of a metric beside its value, from the semantic view', () => {
    expect(onBedrock()['Net revenue in EMEA, 2026-01']).toBe(`# Net revenue in EMEA, 2026-01

- EMEA in 2026-01: net revenue EUR 1,200.50.

## What net revenue in EMEA, 2026-01 means

- STREAM (TEXT)
- REGION (dimension, TEXT)
- MONTH (dimension, TEXT)
- NET_REVENUE (metric, NUMBER): Invoiced, less credits. Defined as SUM(AMOUNT). Also called turnover, sales.`);
  });

  it('explain tables by their comments and say what a row is', () => {
    expect(onBedrock()['What the fields of accounts mean']).toBe(`# What the fields of accounts mean

Customers, one row each. Table ANALYTICS.MART.ACCOUNTS: one row per ACCOUNT_ID.

Fields of accounts:

- ACCOUNT_ID (TEXT)
- NAME (TEXT)
- REGION (TEXT): Where the contract was signed.
- TIER (TEXT): What the customer pays for: team or enterprise.`);
    expect(onBedrock()['What the fields of regional mean']).toContain(
      'Revenue as finance counts it. Semantic view ANALYTICS.MART.SALES_FIGURES: one row per REGION and MONTH.',
    );
  });

  it('follow the warehouse, and say what that cost: one more invoice changes its account, month and region alone', async () => {
    const invoice = { ID: 5, ACCOUNT_ID: 'b', REGION: 'APAC', MONTH: '2026-02', AMOUNT: '30.00' };
    warehouse.warehouse.insert('ANALYTICS.MART.INVOICES', { ...invoice, ISSUED_ON: '2026-02-27' });
    const { stdout, code } = await sync();
    expect(code).toBe(0);
    expect(stdout).toContain('6 written, 0 deleted');
    expect(stdout).toMatch(
      /^Used +statements +scanned +time\nwarehouse warehouse TRIBUTARY_XS +\d+ +[\d.]+ [KM]B +\d+\.\d s$/m,
    );
    expect(onBedrock()['Bolt']).toContain('- Bolt in 2026-02: revenue EUR 100.00 (invoices: 2).');
    expect(onBedrock()['Net revenue in APAC, 2026-02']).toContain('net revenue EUR 100.00.');
    const { usage } = report.streams.find((one) => one.stream === 'warehouse.accounts')!;
    expect(usage).toEqual([
      {
        of: 'warehouse TRIBUTARY_XS',
        statements: expect.any(Number),
        seconds: expect.any(Number),
        bytesScanned: expect.any(Number),
      },
    ]);
  });
});

const salesFigures: SemanticView = {
  database: 'ANALYTICS',
  schema: 'MART',
  name: 'SALES_FIGURES',
  comment: 'Revenue as finance counts it.',
  parts: [
    { kind: 'TABLE', name: 'INVOICES' },
    { kind: 'DIMENSION', name: 'REGION', table: 'INVOICES', type: 'VARCHAR(20)' },
    { kind: 'DIMENSION', name: 'MONTH', table: 'INVOICES', type: 'VARCHAR(7)' },
    {
      kind: 'METRIC',
      name: 'NET_REVENUE',
      table: 'INVOICES',
      expression: 'SUM(AMOUNT)',
      type: 'NUMBER(38,2)',
      comment: 'Invoiced, less credits.',
      synonyms: ['turnover', 'sales'],
    },
  ],
};
