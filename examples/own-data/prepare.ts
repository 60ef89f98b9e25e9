import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Country {
  readonly name: { readonly common: string; readonly official: string };
  readonly cca3: string;
  readonly region: string;
  readonly subregion: string;
  readonly capital: readonly string[];
  readonly currencies: Readonly<Record<string, { readonly name: string }>>;
  readonly languages: Readonly<Record<string, string>>;
  readonly landlocked: boolean;
  readonly area: number;
}
interface Development {
  readonly country: string;
  readonly year: number;
  readonly pop: number;
  readonly life_expect: number;
  readonly fertility: number;
}

/**
 * Writes a data folder from two public data sets, as if one came out of Salesforce and the other out of Snowflake:
 * https://github.com/mledoze/countries as accounts in CSV, the Gapminder table of https://github.com/vega/vega-datasets
 * as a warehouse table in JSON Lines, and the configuration that goes with them.
 */
export async function prepareOwnData(folder: string): Promise<void> {
  const packages = createRequire(import.meta.url);
  const countries = await readJson<Country[]>(packages.resolve('world-countries/countries.json'));
  const vega = dirname(dirname(packages.resolve('vega-datasets')));
  const development = await readJson<Development[]>(join(vega, 'data', 'gapminder.json'));
  await mkdir(join(folder, 'salesforce'), { recursive: true });
  await mkdir(join(folder, 'snowflake'), { recursive: true });
  await writeFile(join(folder, 'salesforce', 'Account.csv'), csv(countries.map(accountOf)));
  await writeFile(
    join(folder, 'snowflake', 'WORLD.PUBLIC.DEVELOPMENT.jsonl'),
    development.map((row) => `${JSON.stringify(warehouseRowOf(row))}\n`).join(''),
  );
  await copyFile(new URL('connectors.config.yaml', import.meta.url), join(folder, 'connectors.config.yaml'));
}

/** No `Id`: the emulated org gives ids of its own. */
const accountOf = (country: Country): Readonly<Record<string, string | number | boolean>> => ({
  Code__c: country.cca3,
  Name: country.name.common,
  Official_Name__c: country.name.official,
  Region__c: country.region,
  Subregion__c: country.subregion,
  Capital__c: country.capital.join(', '),
  Currencies__c: Object.entries(country.currencies)
    .map(([code, { name }]) => `${name} (${code})`)
    .join(', '),
  Languages__c: Object.values(country.languages).join(', '),
  Area__c: country.area,
  Landlocked__c: country.landlocked,
});

const warehouseRowOf = (row: Development) => ({
  COUNTRY: row.country,
  YEAR: row.year,
  POPULATION: row.pop,
  LIFE_EXPECTANCY: row.life_expect,
  FERTILITY: row.fertility,
});

function csv(rows: readonly Readonly<Record<string, string | number | boolean>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const field = (value: unknown): string => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((values) => `${values.map(field).join(',')}\r\n`)
    .join('');
}

const readJson = async <Value>(path: string): Promise<Value> =>
  JSON.parse(await readFile(path, 'utf8')) as Value;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? '.tributary/own-data');
  await prepareOwnData(folder);
  console.log(`Wrote ${folder}. Now: npm run demo -- --data ${folder}`);
}
