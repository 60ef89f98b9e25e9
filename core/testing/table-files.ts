import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../contract/errors.ts';
import type { Json } from '../contract/json.ts';
import { fileError, readFileRows, type FileFormat, type FileRows } from './file-rows.ts';
import { inferColumn } from './infer-columns.ts';
import { firstRepeated, inferKey } from './infer-key.ts';
import type { Table } from './table.ts';

/** The tables of a data folder by the system they came from, and the folder's own configuration if it has one. */
export interface DataFolder {
  readonly salesforce: readonly Table[];
  readonly snowflake: readonly Table[];
  readonly configPath: string | undefined;
}

/** `Account.csv`, `ANALYTICS.MART.USAGE.json`, and `USAGE_0_1_0.csv.gz` as Snowflake names the parts of an unload. */
const fileName = /^(.+?)(?:_(\d+_\d+_\d+))?\.(csv|jsonl|ndjson|json)(?:\.gz)?$/i;
const keysFile = 'keys.json';
const recordId = /^[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?$/;

/**
 * Reads what somebody exported: `salesforce/` and `snowflake/` below the folder, or both in it, where upper-case and
 * dotted names are Snowflake's. Malformed input is a `ConfigError` that names the file and, where it can, the line.
 */
export async function readDataFolder(folder: string): Promise<DataFolder> {
  const entries = await list(folder);
  const has = (name: string, is: 'isDirectory' | 'isFile'): boolean =>
    entries.some((entry) => entry.name === name && entry[is]());
  const configPath = has('connectors.config.yaml', 'isFile')
    ? join(folder, 'connectors.config.yaml')
    : undefined;
  const below = async (name: string): Promise<Table[]> =>
    has(name, 'isDirectory') ? readTables(join(folder, name)) : [];
  const divided = has('salesforce', 'isDirectory') || has('snowflake', 'isDirectory');
  const all = divided ? [] : await readTables(folder);
  const isWarehouse = (table: Table): boolean =>
    /^[A-Z0-9_$.]+$/.test(table.name) || table.name.includes('.');
  const salesforce = divided ? await below('salesforce') : all.filter((table) => !isWarehouse(table));
  const snowflake = divided ? await below('snowflake') : all.filter(isWarehouse);
  for (const table of salesforce) checkRecordIds(folder, table);
  return { salesforce, snowflake, configPath };
}

/**
 * Reads every CSV, JSON Lines and JSON file of a folder, one per object or table. Types are inferred from all rows, an
 * empty field is null, and the key is inferred unless `keys.json` in the folder names it: `{ "USAGE": ["ID", "MONTH"] }`.
 */
export async function readTables(folder: string): Promise<Table[]> {
  const parts = new Map<string, { path: string; part: string | undefined; format: FileFormat }[]>();
  for (const entry of await list(folder)) {
    const match = entry.isFile() && entry.name !== keysFile ? fileName.exec(entry.name) : null;
    const name = match?.[1];
    if (!match || name === undefined || name.startsWith('.')) continue;
    const format = match[3]?.toLowerCase() === 'csv' ? 'csv' : 'json';
    parts.set(name, [...(parts.get(name) ?? []), { path: join(folder, entry.name), part: match[2], format }]);
  }
  if (parts.size === 0) {
    throw new ConfigError('DATA_EMPTY', 'The folder holds no data file.', {
      where: folder,
      hint: 'Put one .csv, .jsonl or .json file (also .gz) for each object or table into it, named after it.',
    });
  }
  const keys = await readKeys(folder);
  const tables: Table[] = [];
  for (const [name, files] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first, second] = files;
    if (first && second && files.some((file) => file.part === undefined || file.format !== first.format)) {
      const hint = 'Keep one of them, or name all of them as parts: NAME_0_0_0.csv, NAME_0_1_0.csv.';
      throw fileError(second.path, undefined, 'DATA_TABLE_TWICE', `There are two files of ${name}.`, hint);
    }
    const ordered = files.toSorted((a, b) => comparePart(a.part ?? '', b.part ?? ''));
    tables.push(await readTable(name, ordered, keys.get(name)));
  }
  return linked(tables);
}

async function readTable(
  name: string,
  files: readonly { readonly path: string; readonly format: FileFormat }[],
  givenKey: readonly string[] | undefined,
): Promise<Table> {
  const path = files[0]?.path ?? name;
  const read: FileRows[] = [];
  for (const file of files) {
    const part = await readFileRows(file.path, file.format);
    const known = read[0]?.columns;
    if (file.format === 'csv' && known && known.join('\n') !== part.columns.join('\n')) {
      const hint = 'All parts of a table must have the same columns in the same order.';
      throw fileError(file.path, 1, 'DATA_COLUMNS', `The columns differ from those of ${path}.`, hint);
    }
    read.push(part);
  }
  const names = [...new Set(read.flatMap((part) => part.columns))];
  const inferred = names.map((column) =>
    inferColumn(
      column,
      read.flatMap((part) => {
        const at = part.columns.indexOf(column);
        return part.rows.map((row) => row[at] ?? null);
      }),
    ),
  );
  const columns = inferred.map((one) => one.column);
  const count = inferred[0]?.values.length ?? 0;
  const rows = Array.from({ length: count }, (_, index) =>
    Object.fromEntries(inferred.map((one): [string, Json] => [one.column.name, one.values[index] ?? null])),
  );
  const unknown = givenKey?.find((column) => !names.includes(column));
  if (unknown !== undefined) {
    const hint = `The columns are: ${names.join(', ')}.`;
    throw fileError(path, 1, 'DATA_KEY', `${keysFile} names a column that ${name} does not have.`, hint);
  }
  const key = givenKey ?? inferKey(columns, rows);
  const keyHint = `Write which columns identify a row into ${keysFile} beside the file: { "${name}": ["COLUMN"] }.`;
  if (!key)
    throw fileError(path, undefined, 'DATA_KEY', `No column of ${name} identifies its rows.`, keyHint);
  const repeated = firstRepeated(key, rows);
  if (repeated !== undefined) {
    const what = `Record ${repeated + 1} has no ${key.join(' and ')} of its own.`;
    throw fileError(path, undefined, 'DATA_KEY', what, `Remove the record, or: ${keyHint}`);
  }
  return { name, key, columns, rows };
}

/** `0_2_0` before `0_10_0`. */
function comparePart(a: string, b: string): number {
  const [left, right] = [a.split('_').map(Number), b.split('_').map(Number)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

/** A column of record ids refers to the table whose own ids begin with the same three characters. */
function linked(tables: readonly Table[]): Table[] {
  const byPrefix = new Map<string, string>();
  for (const table of tables) {
    const id = table.rows[0]?.['Id'];
    if (typeof id === 'string' && recordId.test(id)) byPrefix.set(id.slice(0, 3), table.name);
  }
  return tables.map((table) => {
    if (!table.columns.some((column) => column.name === 'Id')) return table;
    const columns = table.columns.map((column) => {
      const values = table.rows.map((row) => row[column.name]).filter((value) => typeof value === 'string');
      if (column.type !== 'text' || values.length === 0 || !values.every((one) => recordId.test(one)))
        return column;
      const [target, ...others] = new Set(values.map((value) => byPrefix.get(value.slice(0, 3))));
      return target === undefined || others.length > 0
        ? column
        : { ...column, type: 'reference' as const, refersTo: target };
    });
    return { ...table, columns };
  });
}

function checkRecordIds(folder: string, table: Table): void {
  if (!table.columns.some((column) => column.name === 'Id')) return;
  const wrong = table.rows.findIndex((row) => !recordId.test(String(row['Id'])));
  if (wrong < 0) return;
  throw new ConfigError(
    'DATA_ID',
    `Record ${wrong + 1} of ${table.name} has an Id that is none of Salesforce.`,
    {
      where: folder,
      hint: 'Ids have 15 or 18 letters and digits. Give the column another name (Code__c): ids are then assigned.',
    },
  );
}

async function readKeys(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const path = join(folder, keysFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return new Map();
  const hint = 'It must hold one object: { "TABLE": ["COLUMN", "COLUMN"] }.';
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    const isKey = (value: unknown): value is string[] =>
      Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
    if (entries.every((entry): entry is [string, string[]] => isKey(entry[1]))) return new Map(entries);
  } catch {
    throw fileError(path, undefined, 'DATA_JSON', 'This is not valid JSON.', hint);
  }
  throw fileError(path, undefined, 'DATA_KEY', 'A key is not a list of column names.', hint);
}

async function list(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    const hint =
      'Name a folder with .csv, .jsonl or .json files, or one with salesforce/ and snowflake/ in it.';
    throw new ConfigError('DATA_FOLDER', 'There is no such folder.', { where: folder, hint });
  }
}
