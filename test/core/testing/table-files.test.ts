import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isConfigError, type ConfigError } from '../../../core/contract/errors.ts';
import { readDataFolder, readTables } from '../../../core/testing/table-files.ts';
import type { Table } from '../../../core/testing/table.ts';
import { generateDemoCompany } from '../../../examples/demo-company/generate.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
const one = async (): Promise<Table> => {
  const [table, ...others] = await readTables(folder);
  if (!table || others.length > 0) throw new Error('expected one table');
  return table;
};
const types = (table: Table) => Object.fromEntries(table.columns.map((column) => [column.name, column.type]));
async function refusal(of: Promise<unknown>): Promise<ConfigError> {
  try {
    await of;
  } catch (error) {
    if (isConfigError(error)) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const csvField = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const toCsv = (table: Table): string => {
  const names = table.columns.map((column) => column.name);
  return [names, ...table.rows.map((row) => names.map((name) => row[name]))]
    .map((row) => row.map(csvField).join(','))
    .join('\r\n');
};

describe('reading data files', () => {
  it('gives back the demo company from CSV, as text says nothing of types', async () => {
    const company = generateDemoCompany();
    for (const table of company.salesforce) write(`salesforce/${table.name}.csv`, toCsv(table));
    for (const table of company.snowflake) write(`snowflake/${table.name}.csv.gz`, gzipSync(toCsv(table)));
    const read = await readDataFolder(folder);
    const byName = (a: Table, b: Table) => (a.name < b.name ? -1 : 1);
    for (const source of ['salesforce', 'snowflake'] as const) {
      const expected = [...company[source]].sort(byName);
      expect(read[source].map((table) => [table.name, table.key])).toEqual(
        expected.map((table) => [table.name, table.key]),
      );
      expect(read[source].map((table) => table.rows)).toEqual(expected.map((table) => table.rows));
    }
    const account = read.salesforce.find((table) => table.name === 'Account')!;
    expect(types(account)).toMatchObject({
      Id: 'id',
      OwnerId: 'reference',
      NumberOfEmployees: 'integer',
      Renewal_Date__c: 'date',
      SystemModstamp: 'timestamp',
    });
    expect(account.columns.find((column) => column.name === 'OwnerId')?.refersTo).toBe('User');
    const usage = read.snowflake.find((table) => table.name.endsWith('PRODUCT_USAGE'))!;
    expect(usage.columns.find((column) => column.name === 'STORAGE_GB')).toMatchObject({
      type: 'number',
      scale: 1,
    });
    expect(read.configPath).toBeUndefined();
  });

  it('reads a byte order mark, quoted commas, doubled quotes and line breaks', async () => {
    write('Note__c.csv', '\uFEFFKey__c,Text\r\nk1,"one, ""two""\r\nthree"\r\nk2,\r\n');
    const table = await one();
    expect(table).toMatchObject({ name: 'Note__c', key: ['Key__c'] });
    expect(table.rows).toEqual([
      { Key__c: 'k1', Text: 'one, "two"\r\nthree' },
      { Key__c: 'k2', Text: null },
    ]);
    expect(table.columns[1]).toEqual({ name: 'Text', type: 'long-text', nullable: true });
  });

  it('reads JSON Lines, and an array, with the types that they have', async () => {
    const rows = [
      { ID: 'a', N: 1, X: 0.25, OK: true, TAGS: ['x'], D: '2026-01-15', ZIP: '01234' },
      { ID: 'b', N: 2, X: 3, OK: false, TAGS: [], D: null },
    ];
    write('T.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    write('U.json', JSON.stringify(rows, null, 2));
    const [lines, array] = await readTables(folder);
    expect(types(lines!)).toEqual({
      ID: 'text',
      N: 'integer',
      X: 'number',
      OK: 'boolean',
      TAGS: 'json',
      D: 'date',
      ZIP: 'text',
    });
    expect(lines?.rows[1]).toEqual({ ...rows[1], ZIP: null });
    expect({ ...array, name: 'T' }).toEqual(lines);
  });

  it('puts the parts of a Snowflake unload together in their order', async () => {
    write('USAGE_0_10_0.csv.gz', gzipSync('ID,N\nc,3\n'));
    write('USAGE_0_2_0.csv.gz', gzipSync('ID,N\nb,2\n'));
    write('USAGE_0_0_0.csv.gz', gzipSync('ID,N\na,\\N\n'));
    const table = await one();
    expect(table.name).toBe('USAGE');
    expect(table.rows).toEqual([
      { ID: 'a', N: null },
      { ID: 'b', N: 2 },
      { ID: 'c', N: 3 },
    ]);
  });

  it('keeps what only looks like a number as the text it is', async () => {
    write(
      'T.csv',
      'Code,Zip,Big,Number,Double,Mixed\na,01234,12345678901234567,-1.50,0.30000000000000004,1\nb,10115,1,2e3,1,x\n',
    );
    const table = await one();
    expect(types(table)).toEqual({
      Code: 'text',
      Zip: 'text',
      Big: 'text',
      Number: 'number',
      Double: 'number',
      Mixed: 'text',
    });
    expect(table.rows[0]).toEqual({
      Code: 'a',
      Zip: '01234',
      Big: '12345678901234567',
      Number: -1.5,
      Double: 0.1 + 0.2,
      Mixed: '1',
    });
  });

  it('reads dates, instants and booleans as the two systems write them', async () => {
    write(
      'T.csv',
      [
        'Code,Weekly,Loader,Warehouse,IsDeleted,Flag,Day,NoDay',
        'a,2026-01-15 09:30:00,2026-01-15T09:30:00.000+0000,2026-01-15 01:30:00.123456789 -0800,0,TRUE,2024-02-29,2023-02-29',
        'b,2026-01-16 00:00:00,2026-01-16T00:00:00Z,2026-01-16 00:00:00.000 Z,1,false,2026-12-31,2023-02-28',
      ].join('\n'),
    );
    expect((await one()).rows[0]).toEqual({
      Code: 'a',
      Weekly: '2026-01-15T09:30:00.000Z',
      Loader: '2026-01-15T09:30:00.000Z',
      Warehouse: '2026-01-15T09:30:00.123456789Z',
      IsDeleted: false,
      Flag: true,
      Day: '2024-02-29',
      NoDay: '2023-02-29',
    });
  });

  it('takes a pair of columns for the key where none stands alone, and never a measure', async () => {
    write('USAGE.csv', 'ACCOUNT,MONTH,CALLS\na,2026-01-01,17\na,2026-02-01,18\nb,2026-01-01,19\n');
    expect((await one()).key).toEqual(['ACCOUNT', 'MONTH']);
  });

  it('takes no column for the key that is empty in some row', async () => {
    write('T.csv', 'Alias,Code\nx,a\n,b\n');
    expect((await one()).key).toEqual(['Code']);
  });

  it('takes the key that keys.json names', async () => {
    write('USAGE.csv', 'A,B,C\nx,1,p\ny,1,q\n');
    write('keys.json', '{ "USAGE": ["B", "C"] }');
    expect((await one()).key).toEqual(['B', 'C']);
    write('keys.json', '{ "USAGE": ["B", "D"] }');
    expect(await refusal(readTables(folder))).toMatchObject({
      code: 'DATA_KEY',
      hint: 'The columns are: A, B, C.',
    });
    write('keys.json', '{ "USAGE": "B" }');
    expect(await refusal(readTables(folder))).toMatchObject({
      code: 'DATA_KEY',
      where: join(folder, 'keys.json'),
    });
  });

  it('tells Snowflake tables by their names where the folder is not divided', async () => {
    write('Account.csv', 'Id,Name\n0015g0000104C92AAE,A\n');
    write('ANALYTICS.MART.USAGE.jsonl', '{"ID":"1"}');
    write('connectors.config.yaml', 'namespace: own');
    write('README.md', 'not data');
    const read = await readDataFolder(folder);
    expect(read.salesforce.map((table) => table.name)).toEqual(['Account']);
    expect(read.snowflake.map((table) => table.name)).toEqual(['ANALYTICS.MART.USAGE']);
    expect(read.configPath).toBe(join(folder, 'connectors.config.yaml'));
  });
});

describe('data files that cannot be read', () => {
  const refusals: readonly (readonly [string, string, string | Buffer, string, string])[] = [
    ['a record with too few fields', 'T.csv', 'a,b\n"x\ny",2\n1\n', 'DATA_CSV', 'T.csv:4'],
    ['a quote that is never closed', 'T.csv', 'a,b\n"x\ny",1\n1,"secret\n""y""\nz\n', 'DATA_CSV', 'T.csv:4'],
    ['a quote within a field', 'T.csv', 'a,b\n1,2\n1,secret"y\n', 'DATA_CSV', 'T.csv:3'],
    ['other separators than commas', 'T.csv', 'a;b\n1;2\n', 'DATA_COLUMNS', 'T.csv:1'],
    ['a first line without names', 'T.csv', '1,secret\n2,y\n', 'DATA_COLUMNS', 'T.csv:1'],
    ['two columns of one name', 'T.csv', 'a,a\n1,2\n', 'DATA_COLUMNS', 'T.csv:1'],
    ['an empty file', 'T.csv', '', 'DATA_COLUMNS', 'T.csv:1'],
    ['another encoding', 'T.csv', Buffer.from('a,b\n1,2\n3,sécret\n', 'latin1'), 'DATA_NOT_UTF8', 'T.csv:3'],
    ['a damaged gzip file', 'T.csv.gz', gzipSync('a,b\n1,2\n').subarray(0, 15), 'DATA_GZIP', 'T.csv.gz'],
    ['a line that is no object', 'T.jsonl', '{"a":1}\n\n{"a":"secret"\n', 'DATA_JSON', 'T.jsonl:3'],
    ['an array with something else in it', 'T.json', '[{"a":1},"secret"]', 'DATA_JSON', 'T.json'],
    ['rows that nothing identifies', 'T.csv', 'a,b\nsecret,1\nsecret,1\n', 'DATA_KEY', 'T.csv'],
    ['an Id that stands twice', 'T.csv', 'Id,b\nsecret,1\nsecret,1\n', 'DATA_KEY', 'T.csv'],
  ];
  for (const [what, name, content, code, where] of refusals) {
    it(`are refused with file, line and a way out: ${what}`, async () => {
      write(name, content);
      const error = await refusal(readTables(folder));
      expect(error).toMatchObject({ code, where: join(folder, where) });
      expect(error.hint).toMatch(/\w+ \w+ .*[.}]$/);
      expect(`${error.message} ${error.hint}`).not.toMatch(/secret|sécret/);
    });
  }

  it('are refused where the parts of a table differ', async () => {
    write('T_0_0_0.csv', 'a,b\n1,2\n');
    write('T_0_1_0.csv', 'a,c\n1,2\n');
    expect(await refusal(readTables(folder))).toMatchObject({
      code: 'DATA_COLUMNS',
      where: `${join(folder, 'T_0_1_0.csv')}:1`,
    });
  });

  it('are refused where two files claim one table', async () => {
    write('T.csv', 'a\n1\n');
    write('T.csv.gz', gzipSync('a\n1\n'));
    expect((await refusal(readTables(folder))).code).toBe('DATA_TABLE_TWICE');
  });

  it('are refused where an Id is none of Salesforce', async () => {
    write('salesforce/Account.csv', 'Id,Name\nNLD,Netherlands\n');
    expect(await refusal(readDataFolder(folder))).toMatchObject({ code: 'DATA_ID' });
  });

  it('are missed where there is no folder or nothing in it', async () => {
    expect((await refusal(readDataFolder(join(folder, 'nowhere')))).code).toBe('DATA_FOLDER');
    expect((await refusal(readDataFolder(folder))).code).toBe('DATA_EMPTY');
  });
});
