import type { Json } from '../../core/contract/json.ts';
import type { SourceRecord, Unreadable } from '../../core/contract/source.ts';
import type { RawRecord } from './api-types.ts';
import { isRecordId, recordId18 } from './record-id.ts';
import type { StreamShape } from './stream-shape.ts';

export interface SortedRecords {
  readonly records: readonly SourceRecord[];
  readonly deleted: readonly string[];
  readonly unreadable: readonly Unreadable[];
}

/** Splits rows into records, deleted keys and rows that cannot be read as content. */
export function sortRecords(rows: readonly RawRecord[], shape: StreamShape): SortedRecords {
  const records: SourceRecord[] = [];
  const deleted: string[] = [];
  const unreadable: Unreadable[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) {
      unreadable.push({ reason: 'Salesforce gave a record without a usable Id' });
    } else if (row['IsDeleted'] === true) {
      deleted.push(key);
    } else {
      const read = readRecord(row, key, shape);
      if ('reason' in read) unreadable.push(read);
      else records.push(read);
    }
  }
  return { records, deleted, unreadable };
}

export const keyOf = (row: RawRecord): string | undefined => {
  const id = row['Id'];
  return typeof id === 'string' && isRecordId(id) ? recordId18(id) : undefined;
};

/** Salesforce prints an instant as `2026-01-15T12:00:00.000+0000`; the result has a fixed width. */
export function instantOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value.replace(/\+0000$/, 'Z'));
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function readRecord(row: RawRecord, key: string, shape: StreamShape): SourceRecord | Unreadable {
  const stamp = shape.cursor === null ? undefined : instantOf(row[shape.cursor]);
  if (shape.cursor !== null && stamp === undefined) {
    return { key, reason: `${shape.cursor} is missing or no instant` };
  }
  const data: Record<string, Json> = {};
  for (const { name, type } of shape.fields) {
    const value = row[name];
    if (value === undefined) return { key, reason: `${name} is missing from the answer` };
    const json = type === 'datetime' && value !== null ? instantOf(value) : readValue(value);
    if (json === undefined) return { key, reason: `${name} cannot be read as ${type}` };
    data[name] = json;
  }
  if (stamp === undefined) return { key, data };
  return { key, data, modifiedAt: stamp, ...(shape.versioned ? { version: stamp } : {}) };
}

/** A value as plain JSON, or undefined: half a surrogate pair is no text that could be stored or hashed. */
function readValue(value: unknown): Json | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'string') return value.isWellFormed() ? value : undefined;
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const result: Record<string, Json> = {};
  for (const [name, part] of Object.entries(value)) {
    if (name === 'attributes') continue;
    const json = readValue(part);
    if (json === undefined) return undefined;
    result[name] = json;
  }
  return result;
}
