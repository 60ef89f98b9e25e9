import type { Json, JsonObject } from '../../core/contract/json.ts';
import type { SourceRecord, Unreadable } from '../../core/contract/source.ts';
import type { RawRecord } from './api-types.ts';
import { instantOf } from './field-read.ts';
import { isRecordId, recordId18 } from './record-id.ts';
import type { StreamShape } from './stream-shape.ts';

export interface SortedRecords {
  readonly records: readonly SourceRecord[];
  readonly deleted: readonly string[];
  readonly merged?: readonly { readonly key: string; readonly into: string }[];
  readonly unreadable: readonly Unreadable[];
}

/** Splits rows into records, deleted and merged keys, and rows that cannot be read as content. */
export function sortRecords(rows: readonly RawRecord[], shape: StreamShape): SortedRecords {
  const records: SourceRecord[] = [];
  const deleted: string[] = [];
  const merged: { key: string; into: string }[] = [];
  const unreadable: Unreadable[] = [];
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) {
      unreadable.push({ reason: 'Salesforce gave a record without a usable Id', payload: row as JsonObject });
    } else if (row['IsDeleted'] === true) {
      const into = idOf(row['MasterRecordId']);
      if (into === undefined || into === key) deleted.push(key);
      else merged.push({ key, into });
    } else {
      const read = readRecord(row, key, shape);
      if ('reason' in read) unreadable.push({ ...read, payload: row as JsonObject });
      else records.push(read);
    }
  }
  return { records, deleted, unreadable, ...(merged.length > 0 ? { merged } : {}) };
}

export const keyOf = (row: RawRecord): string | undefined => idOf(row['Id']);

const idOf = (id: unknown): string | undefined =>
  typeof id === 'string' && isRecordId(id) ? recordId18(id) : undefined;

function readRecord(row: RawRecord, key: string, shape: StreamShape): SourceRecord | Unreadable {
  const stamp = shape.cursor === null ? undefined : instantOf(row[shape.cursor]);
  if (shape.cursor !== null && stamp === undefined) {
    return { key, reason: `${shape.cursor} is missing or no instant` };
  }
  const data: Record<string, Json> = {};
  for (const field of shape.fields) {
    const value = field.read(row);
    if (value === undefined) {
      const absent = field.selects.find((name) => row[name] === undefined);
      return {
        key,
        reason: absent
          ? `${absent} is missing from the answer`
          : `${field.name} cannot be read as ${field.type}`,
      };
    }
    data[field.name] = value;
  }
  if (stamp === undefined) return { key, data };
  return { key, data, modifiedAt: stamp, ...(shape.versioned ? { version: stamp } : {}) };
}
