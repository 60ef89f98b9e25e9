import { DatabaseSync } from 'node:sqlite';
import type { Json } from '../../../core/contract/json.ts';
import type { Table } from '../../../core/testing/table.ts';
import { isRecordId, recordId18 } from '../record-id.ts';
import { createObjectType, type FieldSetting, type FieldSettings, type ObjectType } from './object-type.ts';
import { quote, toStored, toStamp } from './values.ts';

export type Row = Readonly<Record<string, Json>>;
/** A transaction stamps its rows while it runs; others see them when it commits, `commitAfterMs` later. */
export interface Commit {
  readonly commitAfterMs?: number;
}

/** What users do in the org, behind the API's back. Stamps come from the injected clock, in whole seconds. */
export interface OrgMutations {
  insert(object: string, row: Row, commit?: Commit): string;
  update(object: string, id: string, fields: Row, commit?: Commit): void;
  /** Into the recycle bin. */
  remove(object: string, id: string, commit?: Commit): void;
  undelete(object: string, id: string, commit?: Commit): void;
  /** Out of the recycle bin or past it: no trace is left. */
  hardDelete(object: string, id: string): void;
  /** The loser goes to the bin and names its master; its children move to the winner. */
  merge(object: string, winner: string, loser: string): void;
  /** Everything in the recycle bin of the object goes for good. */
  emptyBin(object: string): void;
  /** The log of deleted ids is cut off: what it held before now is not known any more. */
  purgeDeleteLog(object: string): void;
  /** What an administrator changes: field-level security, a type, a label. */
  setField(object: string, field: string, setting: FieldSetting): void;
  /** Writes without moving any stamp: a formula's new result, a repaired value. */
  updateSilently(object: string, id: string, fields: Row): void;
  rows(object: string): Row[];
}
export interface DeleteLogPart {
  readonly entries: readonly { readonly id: string; readonly at: number }[];
  readonly wholeFrom: number;
}
export interface Org extends OrgMutations {
  readonly objects: ReadonlyMap<string, ObjectType>;
  readonly database: DatabaseSync;
  /** Makes visible what has committed by now. */
  settle(): void;
  /** Ids deleted between two instants, and from when on the log is whole. */
  deletedBetween(object: string, start: number, end: number): DeleteLogPart;
  /** Start of the oldest transaction that has not committed. */
  oldestOpenMs(): number | undefined;
}

const stampFields = ['SystemModstamp', 'LastModifiedDate'] as const;
/** Given for every row, kept by the objects that have them. */
const systemNames = new Set<string>([...stampFields, 'CreatedDate', 'IsDeleted']);

/** The org's records in memory, indexed by id and by every stamp followed by id, as Salesforce indexes them. */
export function createOrg(tables: readonly Table[], now: () => number, settings: FieldSettings): Org {
  const database = new DatabaseSync(':memory:');
  const objects = new Map<string, ObjectType>();
  const serials = new Map<string, number>();
  let open: { readonly startedAt: number; readonly visibleAt: number; readonly apply: () => void }[] = [];
  const log: { readonly object: string; readonly id: string; readonly at: number }[] = [];
  const purgedAt = new Map<string, number>();

  const typeOf = (object: string): ObjectType => {
    const type = objects.get(object);
    if (!type) throw new Error(`The emulated org has no object ${object}`);
    return type;
  };
  const nextId = (type: ObjectType): string => {
    const taken = database.prepare(`SELECT 1 FROM ${quote(type.name)} WHERE Id = ?`);
    for (;;) {
      const serial = (serials.get(type.name) ?? 0) + 1;
      serials.set(type.name, serial);
      const id = recordId18(`${type.keyPrefix}EG${serial.toString(36).toUpperCase().padStart(10, '0')}`);
      if (!taken.get(id)) return id;
    }
  };
  const idOf = (type: ObjectType, row: Row): string => {
    const given = row['Id'] ?? (type.keyColumn ? row[type.keyColumn] : undefined);
    if (typeof given !== 'string' || given === '') return nextId(type);
    if (isRecordId(given)) return recordId18(given);
    if ('Id' in row) throw new Error(`${type.name}: an Id must have 15 or 18 letters and digits`);
    return nextId(type);
  };
  const complete = (type: ObjectType, row: Row, at: number): Record<string, Json> => {
    const unknown = Object.keys(row).find((name) => !type.columns.has(name) && !systemNames.has(name));
    if (unknown) throw new Error(`The emulated object ${type.name} has no field ${unknown}`);
    const created = row['CreatedDate'] ?? row['LastModifiedDate'] ?? row['SystemModstamp'] ?? toStamp(at);
    const modified = row['LastModifiedDate'] ?? row['SystemModstamp'] ?? created;
    return {
      ...row,
      Id: idOf(type, row),
      IsDeleted: row['IsDeleted'] ?? false,
      CreatedDate: created,
      LastModifiedDate: modified,
      SystemModstamp: row['SystemModstamp'] ?? modified,
    };
  };
  const write = (type: ObjectType, rows: Iterable<Record<string, Json>>): void => {
    const fields = [...type.columns.values()];
    const statement = database.prepare(
      `INSERT OR REPLACE INTO ${quote(type.name)} (${fields.map((field) => quote(field.name)).join(',')}) VALUES (${fields.map(() => '?').join(',')})`,
    );
    for (const row of rows) statement.run(...fields.map((field) => toStored(field, row[field.name] ?? null)));
  };
  const change = (object: string, id: string, fields: Row): void => {
    const type = typeOf(object);
    const names = Object.keys(fields).filter((name) => type.columns.has(name));
    const unknown = Object.keys(fields).find((name) => !type.columns.has(name) && !systemNames.has(name));
    if (unknown) throw new Error(`The emulated object ${object} has no field ${unknown}`);
    const result = database
      .prepare(
        `UPDATE ${quote(object)} SET ${names.map((name) => `${quote(name)} = ?`).join(', ')} WHERE Id = ?`,
      )
      .run(...names.map((name) => toStored(type.columns.get(name)!, fields[name] ?? null)), recordId18(id));
    if (result.changes === 0) throw new Error(`The emulated object ${object} has no such record`);
  };
  const stamped = (fields: Row): Row => ({
    ...fields,
    ...Object.fromEntries(stampFields.map((name) => [name, toStamp(now())])),
  });
  const commit = (apply: () => void, { commitAfterMs = 0 }: Commit = {}): void => {
    if (commitAfterMs <= 0) apply();
    else open.push({ startedAt: now(), visibleAt: now() + commitAfterMs, apply });
  };
  const deletable = (object: string): void => {
    if (!typeOf(object).columns.has('IsDeleted')) throw new Error(`Records of ${object} cannot be deleted`);
  };

  for (const [index, table] of tables.entries()) {
    const type = createObjectType(table, index, settings);
    objects.set(table.name, type);
    const columns = [...type.columns.values()].map(
      (field) => `${quote(field.name)} ${columnType(field.type)}`,
    );
    database.exec(`CREATE TABLE ${quote(table.name)} (${columns.join(', ')})`);
    database.exec(`CREATE UNIQUE INDEX ${quote(`${table.name}.Id`)} ON ${quote(table.name)} (Id)`);
    database.exec('BEGIN');
    const at = now() - dayMs;
    write(
      type,
      (function* () {
        for (const row of table.rows) yield complete(type, row, at);
      })(),
    );
    database.exec('COMMIT');
    for (const field of type.columns.values()) {
      if (field.type !== 'datetime' || !field.system) continue;
      database.exec(
        `CREATE INDEX ${quote(`${table.name}.${field.name}`)} ON ${quote(table.name)} (${quote(field.name)}, Id)`,
      );
    }
  }

  return {
    objects,
    database,
    settle() {
      const due = open.filter((one) => one.visibleAt <= now());
      open = open.filter((one) => one.visibleAt > now());
      for (const one of due) one.apply();
    },
    insert(object, row, options) {
      const type = typeOf(object);
      const whole = complete(type, row, now());
      commit(() => write(type, [whole]), options);
      return String(whole['Id']);
    },
    update(object, id, fields, options) {
      const stampedFields = stamped(fields);
      commit(() => change(object, id, stampedFields), options);
    },
    remove(object, id, options) {
      deletable(object);
      const fields = stamped({ IsDeleted: true });
      const entry = { object, id: recordId18(id), at: now() };
      commit(() => {
        change(object, id, fields);
        log.push(entry);
      }, options);
    },
    undelete(object, id, options) {
      deletable(object);
      const fields = stamped({ IsDeleted: false });
      commit(() => change(object, id, fields), options);
    },
    hardDelete(object, id) {
      deletable(object);
      log.push({ object, id: recordId18(id), at: now() });
      database.prepare(`DELETE FROM ${quote(object)} WHERE Id = ?`).run(recordId18(id));
    },
    merge(object, winner, loser) {
      change(object, loser, stamped({ IsDeleted: true, MasterRecordId: recordId18(winner) }));
      log.push({ object, id: recordId18(loser), at: now() });
      change(object, winner, stamped({}));
      for (const type of objects.values()) {
        for (const field of type.columns.values()) {
          if (!field.referenceTo.includes(object) || field.name === 'MasterRecordId') continue;
          const children = database
            .prepare(`SELECT Id FROM ${quote(type.name)} WHERE ${quote(field.name)} = ?`)
            .all(recordId18(loser));
          for (const child of children) {
            change(type.name, String(child['Id']), stamped({ [field.name]: recordId18(winner) }));
          }
        }
      }
    },
    emptyBin(object) {
      deletable(object);
      database.exec(`DELETE FROM ${quote(object)} WHERE IsDeleted = 1`);
    },
    purgeDeleteLog: (object) => void purgedAt.set(object, now()),
    setField: (object, field, setting) => typeOf(object).setField(field, setting),
    deletedBetween(object, start, end) {
      const wholeFrom = Math.max(purgedAt.get(object) ?? 0, now() - 15 * dayMs);
      const entries = log.filter(
        (one) => one.object === object && one.at >= Math.max(start, wholeFrom) && one.at < end,
      );
      return { entries, wholeFrom };
    },
    oldestOpenMs: () => (open.length > 0 ? Math.min(...open.map((one) => one.startedAt)) : undefined),
    updateSilently: change,
    rows: (object) =>
      database
        .prepare(`SELECT * FROM ${quote(typeOf(object).name)} ORDER BY Id`)
        .all()
        .map((row) => toRow(typeOf(object), row)),
  };
}

/** Rows given without a stamp are a day old: what was there before does not look like a change. */
const dayMs = 24 * 3_600_000;

const toRow = (type: ObjectType, row: Record<string, unknown>): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      type.columns.get(name)?.type === 'boolean' && value !== null ? value === 1 : (value as Json),
    ]),
  );

/** Text compares without regard to case, ids and stamps exactly. */
function columnType(type: string): string {
  if (type === 'int' || type === 'boolean') return 'INTEGER';
  if (['double', 'currency', 'percent'].includes(type)) return 'REAL';
  return ['id', 'reference', 'date', 'datetime'].includes(type) ? 'TEXT' : 'TEXT COLLATE NOCASE';
}
