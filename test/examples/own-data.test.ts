import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDataFolder, type DataFolder } from '../../core/testing/table-files.ts';
import { prepareOwnData } from '../../examples/own-data/prepare.ts';
import { composeTables, readConfig } from './compose-tables.ts';

describe('a folder of real data', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-own-data-'));
  let data: DataFolder;
  beforeAll(async () => {
    await prepareOwnData(folder);
    data = await readDataFolder(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('holds the countries of the world as accounts, whole and in their own letters', () => {
    const [account] = data.salesforce;
    expect(account).toMatchObject({ name: 'Account', key: ['Code__c'] });
    expect(account?.rows).toHaveLength(250);
    expect(Object.fromEntries(account!.columns.map((column) => [column.name, column.type]))).toEqual({
      Code__c: 'text',
      Name: 'text',
      Official_Name__c: 'text',
      Region__c: 'text',
      Subregion__c: 'text',
      Capital__c: 'text',
      Currencies__c: 'text',
      Languages__c: 'text',
      Area__c: 'number',
      Landlocked__c: 'boolean',
    });
    expect(account?.rows.find((row) => row['Code__c'] === 'CIV')).toMatchObject({
      Name: 'Ivory Coast',
      Official_Name__c: "Republic of Côte d'Ivoire",
      Landlocked__c: false,
    });
    expect(account?.rows.find((row) => row['Code__c'] === 'ZAF')?.['Capital__c']).toBe(
      'Pretoria, Bloemfontein, Cape Town',
    );
  });

  it('holds the development of countries as a warehouse table with a key of two columns', () => {
    const [table] = data.snowflake;
    expect(table).toMatchObject({ name: 'WORLD.PUBLIC.DEVELOPMENT', key: ['COUNTRY', 'YEAR'] });
    expect(table?.rows).toHaveLength(682);
    expect(table?.rows[0]).toEqual({
      COUNTRY: 'Afghanistan',
      YEAR: 1955,
      POPULATION: 7971931,
      LIFE_EXPECTANCY: 43.88,
      FERTILITY: 7.42,
    });
  });

  it('has rows that find their country by name, and some that do not, as real data does', () => {
    const names = new Set(data.salesforce[0]!.rows.map((row) => String(row['Name']).toLowerCase()));
    const countries = new Set(data.snowflake[0]!.rows.map((row) => String(row['COUNTRY'])));
    expect(countries.size).toBe(62);
    expect([...countries].filter((country) => !names.has(country.toLowerCase()))).toEqual([
      'Hong Kong, China',
      'Turkey',
    ]);
  });

  it('brings its own configuration, which fits the data and makes a document of every country', async () => {
    expect(data.configPath).toBe(join(folder, 'connectors.config.yaml'));
    const config = await readConfig(data.configPath!);
    const composed = composeTables(config, data);
    expect(composed.size).toBe(250);
    expect([...composed.values()].filter((one) => one.status !== 'composed')).toEqual([]);
    const composition = composed.get('country:NLD');
    if (composition?.status !== 'composed') throw new Error('not composed');
    const { body, metadata } = composition.document;
    expect(body).toContain(
      '# Netherlands\n\nNetherlands (NLD), officially Kingdom of the Netherlands, lies in Western Europe.',
    );
    expect(body).toContain('- Capital of Netherlands: Amsterdam\n- Languages of Netherlands: Dutch\n');
    expect(body).toContain(
      '\n- Netherlands in 2005: 16,261,831 people, life expectancy 79.63 years, 1.71 children per woman.\n',
    );
    expect(metadata).toEqual({ landlocked: false, region: 'Europe' });
  });
});
