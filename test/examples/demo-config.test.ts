import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../core/config/config.ts';
import type { BusinessDocument } from '../../core/contract/document.ts';
import type { Composition } from '../../core/documents/kind.ts';
import { applyChanges, demoChanges } from '../../examples/demo-company/changes.ts';
import { generateDemoCompany, type DemoCompany, type Row } from '../../examples/demo-company/generate.ts';
import { demoQuestion } from '../../examples/demo-company/questions.ts';
import { differences, rowsOf } from '../../examples/demo-company/shown.ts';
import { composeTables, readConfig } from './compose-tables.ts';

const path = fileURLToPath(new URL('../../connectors.config.yaml', import.meta.url));
const company = generateDemoCompany();
let config: Config;
let composed: ReadonlyMap<string, Composition>;
beforeAll(async () => {
  config = await readConfig(path);
  composed = composeTables(config, company);
});

function documentOf(kind: string, key: unknown, from = composed): BusinessDocument {
  const composition = from.get(`${kind}:${key}`);
  if (composition?.status !== 'composed') throw new Error(`${kind} is ${composition?.status ?? 'missing'}`);
  return composition.document;
}
const accountNamed = (name: string) => rowsOf(company, 'Account').find((row) => row['Name'] === name)?.['Id'];

describe('the configuration that comes with Tributary', () => {
  it('lists only fields that the demo company has', () => {
    for (const [source, { streams }] of Object.entries(config.sources)) {
      for (const stream of Object.values(streams)) {
        const { table: tableName = stream.name } = stream.options as { table?: string };
        const table = company[source as 'salesforce'].find((one) => one.name === tableName);
        const columns = table?.columns.map((column) => column.name) ?? [];
        expect(columns, stream.id).toEqual(expect.arrayContaining([...stream.fields]));
      }
    }
  });

  it('lists no field that Salesforce calls confidential or calculated, and restricts the restricted one', () => {
    const listed = config.sources['salesforce']?.streams ?? {};
    const thinkFirst = company.salesforce.flatMap((table) =>
      table.columns
        .filter(
          (column) => column.calculated || ['Confidential', 'Restricted'].includes(column.sensitivity ?? ''),
        )
        .filter((column) => listed[table.name]?.fields.includes(column.name))
        .map((column) => `${table.name}.${column.name}`),
    );
    expect(thinkFirst).toEqual(['Escalation__c.Internal_Notes__c']);
    expect(listed['Escalation__c']?.access).toEqual({ allow: ['group:support-leads'], deny: [] });
  });

  it('gives every piece of metadata that Azure keeps in a field of its own', () => {
    const declared = new Set(Object.values(config.kinds).flatMap((kind) => Object.keys(kind.metadata)));
    const azure = config.destinations['azure']?.settings as { metadata: { fields: object } };
    expect(Object.keys(azure.metadata.fields).sort()).toEqual([...declared].sort());
  });

  it('makes 300 documents of the demo company, and no record fails', () => {
    expect(composed.size).toBe(300);
    expect([...composed.values()].filter((one) => one.status !== 'composed')).toEqual([]);
    const texts = [...composed.keys()].map((id) => documentOf(...(id.split(':') as [string, string])).body);
    expect(texts.filter((text) => /\n\n\n|undefined|null|\{\{|NaN/.test(text))).toEqual([]);
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(6000);
  });

  it('makes an account of its record, owner, contacts, opportunities, cases, usage and invoices', () => {
    const { body, metadata, parts } = documentOf('account', accountNamed('Aldermoor Freight'));
    expect(body).toContain(
      '# Aldermoor Freight\n\nAldermoor Freight is a customer in Rotterdam, Netherlands',
    );
    expect(body).toContain('yearly revenue of EUR 184,000,000.00');
    expect(body).toContain('Renewal risk of Aldermoor Freight: High. Reason: Scheduled exports of customs');
    expect(body).toContain('- Idris Bakker, Customs Manager at Aldermoor Freight');
    expect(body).toContain(
      '- Aldermoor Freight renewal (Renewal): EUR 312,000.00, stage Negotiation/Review, 80% likely, expected to close on 2 Mar 2026.',
    );
    expect(body).toContain('- Case 00001001 of Aldermoor Freight, opened 11 Jan 2026: Customs declarations');
    expect(body).not.toContain('Question about the terms of support');
    expect(body).toMatch(
      /\n- Aldermoor Freight in the month that began 1 Dec 2025: \d+ active users, [\d,]+ API calls, [\d.]+ GB stored\.\n/,
    );
    expect(body).not.toContain('began 1 Jun 2025');
    expect(body).toMatch(
      /\n- Invoice INV-020003 to Aldermoor Freight, issued 26 Dec 2025: EUR [\d,]+\.\d\d, \w+\./,
    );
    expect(metadata).toMatchObject({
      account: 'Aldermoor Freight',
      renewal_risk: 'High',
      renewal_date: '2026-03-02T00:00:00.000Z',
    });
    const systems = new Set(parts.map((part) => `${part.system}.${part.part}`));
    expect([...systems]).toEqual([
      'salesforce.owner',
      'salesforce.contacts',
      'salesforce.opportunities',
      'salesforce.cases',
      'snowflake.usage',
      'snowflake.invoices',
    ]);
  });

  it('leaves escalations out of the account, and says so', () => {
    const composition = composed.get(`account:${accountNamed('Aldermoor Freight')}`);
    if (composition?.status !== 'composed') throw new Error('not composed');
    expect(composition.leftOut).toMatchObject([{ part: 'escalations', records: 1 }]);
    expect(JSON.stringify(composition.document)).not.toMatch(/ESC-|Do not promise/);
    expect(composition.document.access).toMatchObject({ everyone: true });
  });

  it('says of what customers wrote that it came from outside', () => {
    const cases = [...composed.keys()].filter((id) => id.startsWith('case:'));
    expect(new Set(cases.map((id) => documentOf('case', id.slice(5)).trust))).toEqual(new Set(['external']));
    expect(documentOf('opportunity', rowsOf(company, 'Opportunity')[0]?.['Id']).trust).toBe('internal');
  });

  it('makes a case also where its account is missing', () => {
    const row = rowsOf(company, 'Case').find((one) => one['AccountId'] === null);
    const { body, metadata } = documentOf('case', row?.['Id']);
    expect(body).toMatch(/\nA customer opened case \d{8} on \d+ \w{3} \d{4} by /);
    expect(body).toContain('## What the customer wrote');
    expect(metadata).not.toHaveProperty('account');
  });
});

/** Which documents the engine composes differently from two states of the company. */
function composedDifferences(after: DemoCompany) {
  const contents = (from: typeof composed) =>
    new Map([...from].map(([id, one]) => [id, one.status === 'composed' ? one.content : one.status]));
  const [was, is] = [contents(composed), contents(composeTables(config, after))];
  return {
    written: [...is.keys()].filter((id) => is.get(id) !== was.get(id)).sort(),
    deleted: [...was.keys()].filter((id) => !is.has(id)).sort(),
  };
}
function expectedDifferences(after: DemoCompany) {
  const ids = (refs: readonly { kind: string; key: string }[]) =>
    refs.map(({ kind, key }) => `${kind}:${key}`).sort();
  const { written, deleted } = differences(company, after);
  return { written: ids(written), deleted: ids(deleted) };
}

describe('what a change touches, composed by the engine and by plain code', () => {
  it("is the same for the demo's second act", () => {
    const { changes, expectedDocuments } = demoChanges(company);
    const after = applyChanges(company, changes);
    expect(composedDifferences(after)).toEqual(expectedDifferences(after));
    expect(expectedDocuments).toEqual(differences(company, after));
  });

  const aldermoor = String(accountNamed('Aldermoor Freight'));
  const short = aldermoor.slice(0, 15);
  const quillon = String(accountNamed('Quillon Energy'));
  const cases: readonly (readonly [string, number, string, (row: Row) => boolean, Row | undefined])[] = [
    ['a case beyond those shown goes', 1, 'Case', (row) => row['CaseNumber'] === '00001006', undefined],
    ['a shown case goes', 2, 'Case', (row) => row['CaseNumber'] === '00001005', undefined],
    [
      'a closed opportunity changes',
      1,
      'Opportunity',
      (row) => row['AccountId'] === quillon && row['IsClosed'] === true,
      { NextStep: 'Ask again next year.' },
    ],
    [
      'a month beyond those shown is corrected',
      0,
      'ANALYTICS.MART.PRODUCT_USAGE',
      (row) => row['ACCOUNT_ID'] === short && row['MONTH'] === '2025-06-01',
      { API_CALLS: 1 },
    ],
    [
      'a shown month is corrected',
      1,
      'ANALYTICS.MART.PRODUCT_USAGE',
      (row) => row['ACCOUNT_ID'] === short && row['MONTH'] === '2025-07-01',
      { API_CALLS: 1 },
    ],
    [
      'the oldest invoice is paid',
      1,
      'ANALYTICS.MART.INVOICES',
      (row) => row['INVOICE_ID'] === 'INV-020008',
      { STATUS: 'disputed' },
    ],
    ['a field that nobody lists changes', 0, 'Account', (row) => row['Id'] === aldermoor, { Phone: '1' }],
    ['a customer is renamed', 9, 'Account', (row) => row['Id'] === aldermoor, { Name: 'Aldermoor' }],
    ['an escalation goes', 0, 'Escalation__c', (row) => row['Account__c'] === aldermoor, undefined],
  ];
  it.each(cases)('is the same when %s (%i documents)', (_, count, tableName, is, fields) => {
    const change = (rows: readonly Row[]): Row[] =>
      rows.flatMap((row) => (!is(row) ? [row] : fields ? [{ ...row, ...fields }] : []));
    const changed = (tables: DemoCompany['salesforce']) =>
      tables.map((table) => (table.name === tableName ? { ...table, rows: change(table.rows) } : table));
    const after = {
      ...company,
      salesforce: changed(company.salesforce),
      snowflake: changed(company.snowflake),
    };
    expect(after).not.toEqual(company);
    const expected = expectedDifferences(after);
    expect(composedDifferences(after)).toEqual(expected);
    expect(expected.written.length + expected.deleted.length).toBe(count);
  });
});

describe("the demo's question, ranked by plain BM25", () => {
  it.each([1, 7, 23])('finds the documents that answer it first, whatever the seed (%i)', (seed) => {
    const other = generateDemoCompany({ seed });
    const { text, first } = demoQuestion(other);
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE VIRTUAL TABLE documents USING fts5(id UNINDEXED, title, body)');
    const insert = database.prepare('INSERT INTO documents VALUES (?, ?, ?)');
    const documents = composeTables(config, other);
    for (const id of documents.keys()) {
      const [kind = '', key] = id.split(':');
      const { title, body } = documentOf(kind, key, documents);
      insert.run(id, title, body);
    }
    const words =
      text
        .match(/\w+/g)
        ?.map((word) => `"${word}"`)
        .join(' OR ') ?? '';
    const found = database
      .prepare('SELECT id FROM documents WHERE documents MATCH ? ORDER BY bm25(documents) LIMIT ?')
      .all(words, first.length)
      .map((row) => row['id']);
    expect(found.sort()).toEqual(first.map(({ kind, key }) => `${kind}:${key}`).sort());
    database.close();
  });
});
