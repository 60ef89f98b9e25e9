import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Table } from '../../../core/testing/table.ts';
import type { SemanticView } from '../../../connectors/snowflake/emulator/index.ts';
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

describe('describing configured Snowflake streams', () => {
  test('each goes by its own name, with the fields of its allow-list as they are written there', async () => {
    const source = await bench.connect();
    const people = streamOf('people', ['id', 'Email', 'CITY'], { table: 'MART.CONTACTS', key: ['ID'] });
    expect(await source.describe!([people])).toEqual([
      {
        name: 'people',
        comment: 'Table SALES.MART.CONTACTS: one row per ID.',
        fields: [
          { name: 'id', type: 'NUMBER', nullable: true },
          { name: 'Email', type: 'TEXT', nullable: true, sensitivity: 'IDENTIFIER (EMAIL)' },
          { name: 'CITY', type: 'TEXT', nullable: true, sensitivity: 'QUASI_IDENTIFIER' },
        ],
        key: ['ID'],
        cursors: [],
      },
    ]);
  });

  test('a query over tables is described by its columns alone, whatever its comments say', async () => {
    const source = await bench.connect();
    const query = `SELECT CITY, COUNT(*) AS PEOPLE, 'SEMANTIC_VIEW(REVENUE)' AS X FROM CONTACTS
      /* SEMANTIC_VIEW(MART.REVENUE) */ GROUP BY CITY -- SEMANTIC_VIEW(MART.REVENUE)`;
    const [one] = await source.describe!([streamOf('q', ['PEOPLE'], { query, key: ['CITY'] })]);
    expect(one).toMatchObject({
      comment: 'A query: one row per CITY.',
      fields: [{ name: 'PEOPLE', type: 'NUMBER' }],
    });
    expect(statementsWith(bench, 'DESCRIBE SEMANTIC VIEW')).toEqual([]);
  });

  test('a query over a semantic view has its words, unless the role may not see them', async () => {
    const people: SemanticView = {
      database: 'SALES',
      schema: 'MART',
      name: 'PEOPLE',
      comment: 'Whom we know.',
      parts: [
        { kind: 'DIMENSION', name: 'CITY', table: 'CONTACTS', comment: 'Where they live.' },
        { kind: 'METRIC', name: 'HEADS', table: 'CONTACTS', expression: 'COUNT(ID)', synonyms: ['people'] },
      ],
    };
    await bench.close();
    bench = await openBench([contacts], { semanticViews: [people] });
    const source = await bench.connect();
    const query = 'SELECT * FROM SEMANTIC_VIEW (mart.people DIMENSIONS CITY METRICS CONTACTS.HEADS AS HEADS)';
    const of = streamOf('people', ['CITY', 'HEADS'], { query, key: ['CITY'] });
    expect(await source.describe!([of])).toMatchObject([
      {
        comment: 'Whom we know. Semantic view SALES.MART.PEOPLE: one row per CITY.',
        fields: [
          { name: 'CITY', type: 'dimension, TEXT', help: 'Where they live.' },
          { name: 'HEADS', type: 'metric, NUMBER', help: 'Defined as COUNT(ID). Also called people.' },
        ],
      },
    ]);
    refuse('DESCRIBE SEMANTIC VIEW');
    const [unseen] = await source.describe!([of]);
    expect(unseen!.fields.map((field) => field.type)).toEqual(['TEXT', 'NUMBER']);
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
