import { describe, expect, it } from 'vitest';
import { applyChanges, demoChanges } from '../../examples/demo-company/changes.ts';
import { generateDemoCompany, type DemoCompany } from '../../examples/demo-company/generate.ts';
import { demoQuestion } from '../../examples/demo-company/questions.ts';
import { longId } from '../../examples/demo-company/salesforce-id.ts';
import { rowsOf, shownByDocument } from '../../examples/demo-company/shown.ts';

const tablesOf = (company: DemoCompany) => [...company.salesforce, ...company.snowflake];
const counts = (company: DemoCompany) =>
  Object.fromEntries(tablesOf(company).map((table) => [table.name, table.rows.length]));

describe('the demo company', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(generateDemoCompany()).toEqual(generateDemoCompany());
    expect(generateDemoCompany({ seed: 8 })).not.toEqual(generateDemoCompany());
  });

  it('keeps its ids, names and texts whatever the time', () => {
    const identity = (company: DemoCompany) =>
      company.salesforce.map((table) =>
        table.rows.map((row) => [row['Id'], row['Name'], row['Subject'], row['Description']]),
      );
    expect(identity(generateDemoCompany({ now: Date.UTC(2027, 5, 30) }))).toEqual(
      identity(generateDemoCompany()),
    );
  });

  it('has 300 records with documents of their own at scale 1, and n times as many at scale n', () => {
    expect(counts(generateDemoCompany())).toMatchObject({
      User: 8,
      Account: 60,
      Contact: 120,
      Opportunity: 100,
      Case: 140,
      'ANALYTICS.MART.PRODUCT_USAGE': 61 * 12,
      'ANALYTICS.MART.INVOICES': 240,
    });
    expect(counts(generateDemoCompany({ scale: 3 }))).toMatchObject({
      User: 24,
      Account: 180,
      Contact: 360,
      Opportunity: 300,
      Case: 420,
      'ANALYTICS.MART.INVOICES': 720,
    });
  });

  it('keeps the customers with a story when it is small', () => {
    const small = generateDemoCompany({ scale: 0.01 });
    expect(rowsOf(small, 'Account').map((row) => row['Name'])).toEqual([
      'Aldermoor Freight',
      'Merrow Vale Health',
      'Quillon Energy',
      'Sundgau Precision',
      'Pellucid Insurance',
      'Larkhaven Schools',
    ]);
    expect(demoChanges(small).expectedDocuments.written).toHaveLength(6);
  });

  it('makes ids that the checksum of their case confirms', () => {
    expect(longId('001A0000006Vm9r')).toBe('001A0000006Vm9rIAC');
    expect(longId('0015000000Gv7qJ')).toBe('0015000000Gv7qJAAR');
    for (const table of generateDemoCompany({ scale: 20 }).salesforce) {
      const ids = table.rows.map((row) => String(row['Id']));
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.every((id) => /^[A-Za-z0-9]{18}$/.test(id) && longId(id.slice(0, 15)) === id)).toBe(true);
    }
  });

  it('has ids that differ in case alone, as Salesforce has', () => {
    const ids = rowsOf(generateDemoCompany(), 'Account').map((row) => String(row['Id']).slice(0, 15));
    expect(new Set(ids.map((id) => id.toLowerCase())).size).toBeLessThan(ids.length);
  });

  it('has no reference that leads nowhere, but for the gaps that its description names', () => {
    const company = generateDemoCompany({ scale: 2 });
    const ids = new Map(
      company.salesforce.map((table) => [table.name, new Set(table.rows.map((row) => row['Id']))]),
    );
    const empty: string[] = [];
    for (const table of company.salesforce) {
      for (const column of table.columns.filter((one) => one.refersTo)) {
        for (const row of table.rows) {
          const value = row[column.name] ?? null;
          if (value === null) empty.push(`${table.name}.${column.name}`);
          else expect(ids.get(column.refersTo!)?.has(value), `${table.name}.${column.name}`).toBe(true);
        }
      }
    }
    const lonely = (field: string) => empty.filter((one) => one === field).length;
    expect(lonely('Contact.AccountId')).toBe(2);
    expect(lonely('Case.AccountId')).toBe(2);
    expect(new Set(empty)).toEqual(new Set(['Contact.AccountId', 'Case.AccountId', 'Case.ContactId']));
    const former = new Set(
      company.snowflake.flatMap((table) =>
        table.rows
          .map((row) => longId(String(row['ACCOUNT_ID'])))
          .filter((id) => !ids.get('Account')?.has(id)),
      ),
    );
    expect(former.size).toBe(2);
  });

  it('fills every column, and only columns that its tables declare', () => {
    for (const table of tablesOf(generateDemoCompany())) {
      const columns = table.columns.map((column) => column.name).sort();
      const required = table.columns.filter((column) => !column.nullable).map((column) => column.name);
      const keys = new Set<string>();
      for (const row of table.rows) {
        expect(Object.keys(row).sort()).toEqual(columns);
        expect(required.filter((name) => row[name] === null || row[name] === undefined)).toEqual([]);
        keys.add(JSON.stringify(table.key.map((name) => row[name])));
      }
      expect(keys.size, `keys of ${table.name}`).toBe(table.rows.length);
    }
  });

  it('was last changed before now, much of it in one second of one night', () => {
    const company = generateDemoCompany({ now: Date.UTC(2026, 2, 1, 0, 30) });
    const stamps = tablesOf(company).flatMap((table) =>
      table.rows.map((row) => String(row['SystemModstamp'] ?? row['UPDATED_AT'])),
    );
    const now = new Date(company.now).toISOString();
    expect(stamps.filter((stamp) => stamp >= now)).toEqual([]);
    const contacts = rowsOf(company, 'Contact').map((row) => row['SystemModstamp']);
    const most = Math.max(...contacts.map((stamp) => contacts.filter((one) => one === stamp).length));
    expect(most).toBeGreaterThan(20);
  });
});

describe("the demo's second act", () => {
  const company = generateDemoCompany();
  const { changes, expectedDocuments } = demoChanges(company);
  const names = (table: string) => new Map(rowsOf(company, table).map((row) => [row['Id'], row['Name']]));

  it('wins an opportunity, deletes a case, moves a contact and adds a month of usage', () => {
    expect(changes.map((change) => `${change.action} ${change.table}`)).toEqual([
      'update Opportunity',
      'delete Case',
      'update Contact',
      'insert ANALYTICS.MART.PRODUCT_USAGE',
    ]);
  });

  it('touches the documents that a person would name', () => {
    const accounts = names('Account');
    const opportunities = names('Opportunity');
    expect(
      expectedDocuments.written.map(({ kind, key }) => [kind, accounts.get(key) ?? opportunities.get(key)]),
    ).toEqual([
      ['account', 'Merrow Vale Health'],
      ['account', 'Quillon Energy'],
      ['account', 'Sundgau Precision'],
      ['account', 'Pellucid Insurance'],
      ['account', 'Larkhaven Schools'],
      ['opportunity', 'Merrow Vale Health three more clinics'],
    ]);
    expect(expectedDocuments.deleted).toEqual([
      {
        kind: 'case',
        key: rowsOf(company, 'Case').find((row) => row['Subject'] === 'Test case, please ignore')?.['Id'],
      },
    ]);
  });

  it('leaves the company as it was when it is only planned', () => {
    applyChanges(company, changes);
    expect(company).toEqual(generateDemoCompany());
  });

  it('adds a row that the warehouse does not have yet, loaded when the act is played', () => {
    const now = company.now + 600_000;
    const insert = demoChanges(company, now).changes.find((change) => change.action === 'insert');
    expect(insert?.row['UPDATED_AT']).toBe('2026-01-15T12:10:00.000Z');
    expect(
      rowsOf(company, 'ANALYTICS.MART.PRODUCT_USAGE').filter(
        (row) => row['ACCOUNT_ID'] === insert?.row['ACCOUNT_ID'] && row['MONTH'] === insert?.row['MONTH'],
      ),
    ).toEqual([]);
  });
});

describe("the demo's question", () => {
  it('is answered by three documents of one customer, which alone hold its rarest words', () => {
    const company = generateDemoCompany();
    const { first, limit } = demoQuestion(company);
    const shown = shownByDocument(company);
    expect(first.map((one) => one.kind)).toEqual(['account', 'opportunity', 'case']);
    expect(first.length).toBeLessThanOrEqual(limit);
    const words = ['customs', 'declarations', 'export', 'failing'];
    const holding = [...shown].filter(([, text]) => words.every((word) => text.toLowerCase().includes(word)));
    expect(holding.map(([id]) => id)).toEqual(first.map(({ kind, key }) => `${kind}:${key}`));
  });
});
