import type { Table, TableColumn } from '../../../core/testing/table.ts';

/** A field as describe tells it; what the emulator does with a value follows from `type`. */
export interface EmulatedField {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly help: string | null;
  readonly length: number;
  readonly scale: number;
  readonly nillable: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly calculated: boolean;
  readonly system: boolean;
  readonly referenceTo: readonly string[];
  readonly values: readonly { readonly value: string; readonly label: string }[];
  readonly sensitivity: string | undefined;
  readonly compoundFieldName: string | null;
  readonly extraTypeInfo: string | null;
  /** Field-level security hides it from the session user. */
  readonly hidden: boolean;
}
export interface ObjectType {
  readonly name: string;
  readonly label: string;
  readonly keyPrefix: string;
  /** What the session user may see. */
  readonly fields: ReadonlyMap<string, EmulatedField>;
  /** Every field, hidden ones too. */
  readonly columns: ReadonlyMap<string, EmulatedField>;
  setField(name: string, setting: FieldSetting): void;
  readonly keyColumn: string | undefined;
}

/** Overrides of one field: what describe says of it, and whether field-level security `hidden` takes it from the session user. */
export type FieldSetting = Partial<
  Pick<
    EmulatedField,
    | 'filterable'
    | 'sortable'
    | 'hidden'
    | 'type'
    | 'label'
    | 'referenceTo'
    | 'values'
    | 'compoundFieldName'
    | 'extraTypeInfo'
    | 'nillable'
  >
>;
/** By object and field: `{ 'LoginEvent.SystemModstamp': { filterable: false } }`. */
export type FieldSettings = Readonly<Record<string, FieldSetting>>;
export interface RecordTypeInfo {
  readonly recordTypeId: string;
  readonly name: string;
  readonly developerName: string;
}

/** Objects whose records cannot be deleted have no IsDeleted. */
const undeletable = new Set(['User', 'UserRole', 'Profile', 'RecordType', 'Group', 'Organization']);
const mergeable = new Set(['Account', 'Contact', 'Lead', 'Case']);
/** https://help.salesforce.com/s/articleView?id=000385203&type=1 */
const keyPrefixes: Readonly<Record<string, string>> = {
  Account: '001',
  Contact: '003',
  User: '005',
  Opportunity: '006',
  Lead: '00Q',
  Task: '00T',
  Event: '00U',
  Case: '500',
  Contract: '800',
  Product2: '01t',
  Campaign: '701',
};

const types: Readonly<Record<TableColumn['type'], { readonly type: string; readonly length: number }>> = {
  id: { type: 'id', length: 18 },
  reference: { type: 'reference', length: 18 },
  text: { type: 'string', length: 255 },
  'long-text': { type: 'textarea', length: 32_000 },
  picklist: { type: 'picklist', length: 255 },
  integer: { type: 'int', length: 0 },
  number: { type: 'double', length: 0 },
  boolean: { type: 'boolean', length: 0 },
  date: { type: 'date', length: 0 },
  timestamp: { type: 'datetime', length: 0 },
  json: { type: 'textarea', length: 131_072 },
};

/** Which stamps an object has: history rows never change, share rows have no system stamp. */
function systemColumns(object: string): TableColumn[] {
  const stamps = object.endsWith('History')
    ? ['CreatedDate']
    : object.endsWith('Share')
      ? ['LastModifiedDate']
      : ['CreatedDate', 'LastModifiedDate', 'SystemModstamp'];
  return [
    { name: 'Id', type: 'id', label: `${object} ID` },
    ...(undeletable.has(object) ? [] : [{ name: 'IsDeleted', type: 'boolean', label: 'Deleted' } as const]),
    ...stamps.map((name) => ({ name, type: 'timestamp' }) as const),
    ...(mergeable.has(object)
      ? [{ name: 'MasterRecordId', type: 'reference', nullable: true, refersTo: object } as const]
      : []),
  ];
}

export function createObjectType(table: Table, index: number, settings: FieldSettings): ObjectType {
  const system = systemColumns(table.name);
  const declared = new Map(table.columns.map((column) => [column.name, column]));
  const columns = [
    ...system.map((column) => ({ ...column, ...declared.get(column.name), type: column.type, system: true })),
    ...table.columns
      .filter((column) => !system.some((one) => one.name === column.name))
      .map((column) => ({ ...column, system: false })),
  ];
  const all = new Map<string, EmulatedField>();
  const fields = new Map<string, EmulatedField>();
  const setField = (name: string, setting: FieldSetting): void => {
    const before = all.get(name);
    if (!before) throw new Error(`The emulated object ${table.name} has no field ${name}`);
    all.set(name, { ...before, ...setting });
    fields.clear();
    for (const [known, field] of all) if (!field.hidden) fields.set(known, field);
  };
  for (const column of columns) {
    const { type, length } = types[column.type];
    const long = type === 'textarea';
    all.set(column.name, {
      name: column.name,
      label: column.label ?? column.name,
      type,
      help: column.comment ?? null,
      length,
      scale: column.scale ?? (column.type === 'number' ? 2 : 0),
      nillable: !column.system && column.nullable !== false,
      filterable: !long,
      sortable: !long,
      calculated: column.calculated ?? false,
      system: column.system,
      referenceTo: column.refersTo ? [column.refersTo] : [],
      values: column.values ?? [],
      sensitivity: column.sensitivity,
      compoundFieldName: null,
      extraTypeInfo: type === 'textarea' ? 'plaintextarea' : null,
      hidden: false,
    });
    setField(column.name, settings[`${table.name}.${column.name}`] ?? {});
  }
  return {
    name: table.name,
    label: table.label ?? table.name,
    keyPrefix: keyPrefixes[table.name] ?? `a${String(index).padStart(2, '0')}`,
    fields,
    columns: all,
    setField,
    keyColumn: table.key[0],
  };
}
