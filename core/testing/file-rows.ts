import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse/sync';
import { ConfigError } from '../contract/errors.ts';
import type { Json } from '../contract/json.ts';

/** Half of the longest text that Node.js can hold. */
const maxUnpackedBytes = 256 * 1024 * 1024;

/** The records of one file before their types are known. */
export interface FileRows {
  readonly columns: readonly string[];
  /** In the order of `columns`; an empty CSV field is null. */
  readonly rows: readonly (readonly Json[])[];
}
export type FileFormat = 'csv' | 'json';

/** Reads a CSV file (RFC 4180), JSON Lines or a JSON array; `.gz` is unpacked. Malformed input is a `ConfigError`. */
export async function readFileRows(path: string, format: FileFormat): Promise<FileRows> {
  const text = decode(path, await unpacked(path));
  return format === 'csv' ? csvRows(path, text) : jsonRows(path, text);
}

/** A `ConfigError` about a place in a data file; never quotes what stands there. */
export const fileError = (
  path: string,
  line: number | undefined,
  code: string,
  message: string,
  hint: string,
): ConfigError =>
  new ConfigError(code, message, { where: line === undefined ? path : `${path}:${line}`, hint });

async function unpacked(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (!path.toLowerCase().endsWith('.gz')) return bytes;
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: maxUnpackedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      const hint = 'Cut the file into several, or check whether it is what it should be.';
      throw fileError(path, undefined, 'DATA_GZIP', 'The file is larger than 256 MiB when unpacked.', hint);
    }
    const hint = 'Copy the file again, or take .gz off its name if it is not packed.';
    throw fileError(path, undefined, 'DATA_GZIP', 'The file is not a whole gzip file.', hint);
  }
}

function decode(path: string, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\uFEFF/, '');
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  const hint = 'Export it again as UTF-8, or convert it: iconv -f ISO-8859-1 -t UTF-8.';
  throw fileError(path, line, 'DATA_NOT_UTF8', 'The file is not UTF-8 text.', hint);
}

/** What csv-parse found, in words that quote nothing of the file. https://csv.js.org/parse/errors/ */
const csvProblems: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: 'This record has another number of fields than the first line.',
  CSV_RECORD_INCONSISTENT_COLUMNS: 'This record has another number of fields than the first line.',
  CSV_QUOTE_NOT_CLOSED: 'A quoted field is opened here and never closed.',
  INVALID_OPENING_QUOTE: 'A quote stands inside a field that does not begin with one.',
  CSV_INVALID_CLOSING_QUOTE: 'A quoted field ends here, and something other than a comma follows.',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE:
    'A quoted field ends here, and something other than a comma follows.',
};

function csvRows(path: string, text: string): FileRows {
  let records: string[][];
  try {
    records = parse(text, { skip_empty_lines: true });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error['lines'] === 'number' ? error['lines'] : undefined;
    const problem = csvProblems[error.code] ?? 'The file is not valid CSV.';
    const hint =
      'Fields with commas, quotes or line breaks stand in double quotes; a quote inside is doubled (RFC 4180).';
    const at = error.code === 'CSV_QUOTE_NOT_CLOSED' ? lastOpening(text) : line;
    throw fileError(path, at, 'DATA_CSV', problem, hint);
  }
  const [columns = [], ...rows] = records;
  checkColumns(path, columns);
  return {
    columns,
    rows: rows.map((row) => row.map((value) => (value === '' || value === '\\N' ? null : value))),
  };
}

/** The line of the quote that is never closed: csv-parse names the end of the file. */
function lastOpening(text: string): number {
  let line = 1;
  let opened = 0;
  let inside = false;
  for (const [found] of text.matchAll(/""|["\n]/g)) {
    if (found === '\n') line++;
    else if (found === '"') {
      inside = !inside;
      if (inside) opened = line;
    }
  }
  return opened;
}

function checkColumns(path: string, columns: readonly string[]): void {
  const hint =
    'The first line must name the columns: in Snowflake, unload with HEADER = TRUE; separate the fields by commas.';
  const fail = (message: string): never => {
    throw fileError(path, 1, 'DATA_COLUMNS', message, hint);
  };
  if (columns.length === 0) fail('The file is empty.');
  if (columns.length === 1 && /[;\t|]/.test(columns[0] ?? ''))
    fail('The fields are not separated by commas.');
  const unnamed = columns.findIndex(
    (name) => name.trim() === '' || /^-?[\d.]+$/.test(name) || name === '\\N',
  );
  if (unnamed >= 0) fail(`Column ${unnamed + 1} has no name.`);
  const twice = columns.findIndex((name, index) => columns.indexOf(name) !== index);
  if (twice >= 0) fail(`Column ${twice + 1} has the name of an earlier column.`);
}

function jsonRows(path: string, text: string): FileRows {
  const objects = /^\s*\[/.test(text) ? jsonArray(path, text) : jsonLines(path, text);
  const columns = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  if (columns.length === 0) {
    throw fileError(path, 1, 'DATA_COLUMNS', 'The file holds no record.', 'Leave the file out.');
  }
  return { columns, rows: objects.map((object) => columns.map((name) => object[name] ?? null)) };
}

type JsonRecord = Readonly<Record<string, Json>>;
const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function jsonArray(path: string, text: string): readonly JsonRecord[] {
  const hint = 'The file must hold one array of objects, or one object on each line.';
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    const line = /\(line (\d+)/.exec(String(error))?.[1];
    throw fileError(path, line ? Number(line) : undefined, 'DATA_JSON', 'This is not valid JSON.', hint);
  }
  const items = values as readonly unknown[];
  const wrong = items.findIndex((value) => !isRecord(value));
  if (wrong < 0) return items as readonly JsonRecord[];
  throw fileError(path, undefined, 'DATA_JSON', `Element ${wrong + 1} of the array is not an object.`, hint);
}

function jsonLines(path: string, text: string): readonly JsonRecord[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    if (isRecord(value)) return [value];
    const hint = 'Each line of a JSON Lines file must be one JSON object.';
    throw fileError(path, index + 1, 'DATA_JSON', 'This line is not a JSON object.', hint);
  });
}
