import type { Json } from '../../../core/contract/json.ts';
import { isRecordId, recordId18 } from '../record-id.ts';
import type { EmulatedField } from './object-type.ts';

export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Salesforce keeps stamps in whole seconds and prints them so. */
export const toStamp = (ms: number): string =>
  new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('Z', '+0000');

/** A value as the org keeps it, which for instants is how the API prints it. */
export function toStored(field: EmulatedField, value: Json): string | number | null {
  if (value === null || value === '') return null;
  switch (field.type) {
    case 'boolean':
      return value === true || value === 1 || value === 'true' ? 1 : 0;
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return Number(value);
    case 'datetime': {
      const instant = Date.parse(String(value).replace(/\+0000$/, 'Z'));
      if (Number.isNaN(instant)) throw new Error(`${field.name} is no date and time`);
      return field.system ? toStamp(instant) : new Date(instant).toISOString().replace('Z', '+0000');
    }
    case 'date':
      return String(value).slice(0, 10);
    case 'id':
    case 'reference':
      return isRecordId(String(value)) ? recordId18(String(value)) : String(value);
    default:
      return typeof value === 'string' ? value : JSON.stringify(value);
  }
}
