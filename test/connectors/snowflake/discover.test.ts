import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Table } from '../../../core/testing/table.ts';
import type { Bench } from './bench.ts';
import { instant, openBench, statementsWith, streamOf } from './bench.ts';

const contacts: Table = {
  name: 'SALES.MART.CONTACTS',
  key: ['ID'],
  columns: [
    { name: 'ID', type: 'integer' },
    { name: 'EMAIL', type: 'text', sensitivity: 'IDENTIFIER' },
    { name: 'CITY', type: 'text' },
    { name: 'SEGMENT', type: 'text' },
    { name: 'UPDATED_AT', type: 'timestamp' },
  ],
  rows: [{ ID: 1, EMAIL: 'a@example.com', CITY: 'Bern', SEGMENT: 'A', UPDATED_AT: instant(-600) }],
};
let bench: Bench;
beforeEach(async () => {
  bench = await openBench([contacts], {
    tags: {
      'SALES.MART.CONTACTS': {
        EMAIL: { SEMANTIC_CATEGORY: 'EMAIL' },
        CITY: { PRIVACY_CATEGORY: 'QUASI_IDENTIFIER' },
        SEGMENT: { COST_CENTER: 'marketing' },
      },
    },
    policies: {
      'SALES.MART.CONTACTS': [{ kind: 'MASKING_POLICY', column: 'EMAIL' }, { kind: 'ROW_ACCESS_POLICY' }],
    },
    semanticViews: [
      {
        database: 'SALES',
        schema: 'MART',
        name: 'REVENUE',
        comment: 'Revenue as finance counts it.',
        parts: [
          { kind: 'TABLE', name: 'INVOICES' },
          {
            kind: 'METRIC',
            name: 'NET_REVENUE',
            table: 'INVOICES',
            expression: 'SUM(amount)',
            type: 'NUMBER(38,2)',
            comment: 'Without credits.',
            synonyms: ['turnover', 'sales'],
          },
          { kind: 'DIMENSION', name: 'REGION', table: 'INVOICES', type: 'VARCHAR(20)' },
        ],
      },
    ],
  });
});
afterEach(() => bench.close());

const refuse = (text: string): void =>
  void bench.emulator.server.fault({
    when: (request) => request.body.includes(text),
    effect: {
      kind: 'reply',
      reply: {
        status: 200,
        body: {
          success: false,
          code: '003001',
          message: 'SQL access control error: Insufficient privileges',
          data: { errorCode: '003001', sqlState: '42501', queryId: '01b2c3d4-0000-0000-0000-000000000000' },
        },
      },
    },
  });

describe('discovering what Snowflake knows about its data', () => {
  test('a column carries the classification of the account, and no other tag', async () => {
    const [table] = await (await bench.connect()).discover(['SALES.MART.CONTACTS']);
    expect(table!.fields.map(({ name, sensitivity }) => [name, sensitivity])).toEqual([
      ['ID', undefined],
      ['EMAIL', 'IDENTIFIER (EMAIL)'],
      ['CITY', 'QUASI_IDENTIFIER'],
      ['SEGMENT', undefined],
      ['UPDATED_AT', undefined],
    ]);
  });

  test('a semantic view is described by its metrics and dimensions, with definition and synonyms', async () => {
    const all = await (await bench.connect()).discover();
    expect(all.map((one) => one.name)).toEqual(['SALES.MART.CONTACTS', 'SALES.MART.REVENUE']);
    expect(all[1]).toEqual({
      name: 'SALES.MART.REVENUE',
      label: 'Semantic view',
      comment: 'Revenue as finance counts it.',
      fields: [
        {
          name: 'INVOICES.NET_REVENUE',
          type: 'NUMBER(38,2)',
          label: 'metric',
          help: 'Without credits. Defined as SUM(amount). Also called turnover, sales.',
        },
        { name: 'INVOICES.REGION', type: 'VARCHAR(20)', label: 'dimension' },
      ],
      key: [],
      cursors: [],
    });
  });

  test('a role that may ask for neither tags nor semantic views discovers the rest', async () => {
    refuse('TAG_REFERENCES');
    refuse('SEMANTIC VIEWS');
    const [table, ...others] = await (await bench.connect()).discover();
    expect(others).toEqual([]);
    expect(table!.fields).toHaveLength(5);
    expect(table!.fields.some((field) => field.sensitivity)).toBe(false);
  });
});

describe('policies on a Snowflake table', () => {
  const stream = (key: string, fields: readonly string[]) =>
    streamOf('contacts', fields, { table: 'SALES.MART.CONTACTS', key: [key] });

  test('a masked column is refused as a key, since it no longer tells rows apart', async () => {
    const source = await bench.connect();
    await expect(source.check([stream('EMAIL', ['CITY'])])).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'SNOWFLAKE_KEY_MASKED',
      where: 'sources.warehouse.streams.contacts.key',
    });
  });

  test('a masked column of a view is noticed just as well', async () => {
    const view = { ...contacts, name: 'SALES.MART.PEOPLE' };
    await bench.close();
    bench = await openBench([view], {
      views: [view.name],
      policies: { [view.name]: [{ kind: 'MASKING_POLICY', column: 'EMAIL' }] },
    });
    const source = await bench.connect();
    const people = streamOf('people', ['CITY'], { table: view.name, key: ['EMAIL'] });
    await expect(source.check([people])).rejects.toMatchObject({ code: 'SNOWFLAKE_KEY_MASKED' });
  });

  test('a masked field is told once, and so is a policy on rows', async () => {
    await (await bench.connect()).check([stream('ID', ['email'])]);
    expect(bench.log.lines.map(({ level, message }) => [level, message])).toEqual([
      ['info', expect.stringContaining('row access policy')],
      ['warn', 'Column EMAIL has a masking policy: documents may hold the mask in place of the value.'],
    ]);
  });

  test('a role that may not ask for policies is checked all the same', async () => {
    refuse('POLICY_REFERENCES');
    await (await bench.connect()).check([stream('EMAIL', ['CITY'])]);
    expect(statementsWith(bench, 'COUNT(DISTINCT')).toHaveLength(1);
  });
});
