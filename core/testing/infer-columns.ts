import type { Json } from '../contract/json.ts';
import type { TableColumn } from './table.ts';

/** A column and its values, converted to what its type asks for. */
export interface InferredColumn {
  readonly column: TableColumn;
  readonly values: readonly Json[];
}

/**
 * Finds a column's type from all of its values. Text stays text unless every value reads as the other type without
 * loss: `007` is no number, nor is one with more digits than a double keeps.
 */
export function inferColumn(name: string, values: readonly Json[]): InferredColumn {
  const filled = values.filter((value) => value !== null);
  const nullable = filled.length < values.length;
  const give = (
    more: Omit<TableColumn, 'name' | 'nullable'>,
    convert: (value: Json) => Json,
  ): InferredColumn => ({
    column: { name, ...more, ...(nullable ? { nullable } : {}) },
    values: values.map((value) => (value === null ? null : convert(value))),
  });
  if (name === 'Id') return give({ type: 'id' }, textOf);
  if (filled.some((value) => typeof value === 'object')) return give({ type: 'json' }, (value) => value);
  if (filled.length > 0) {
    if (filled.every((value) => typeof value === 'boolean'))
      return give({ type: 'boolean' }, (value) => value);
    if (filled.every((value) => typeof value === 'number')) return give(numberType(filled), (value) => value);
    if (filled.every((value) => typeof value === 'string')) {
      const found = textType(name, filled);
      if (found) return give(found.type, (value) => found.convert(String(value)));
    }
  }
  const long = filled.some((value) => textOf(value).length > 255 || textOf(value).includes('\n'));
  return give({ type: long ? 'long-text' : 'text' }, textOf);
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface TextType {
  readonly type: Omit<TableColumn, 'name' | 'nullable'>;
  readonly convert: (text: string) => Json;
}

function textType(name: string, texts: readonly string[]): TextType | undefined {
  const all = (is: (text: string) => boolean): boolean => texts.every(is);
  if (all((text) => /^(?:true|false)$/i.test(text))) return boolean((text) => text.toLowerCase() === 'true');
  /** Salesforce's weekly export writes booleans as 0 and 1. */
  if (/^(?:Is|Has)[A-Z]/.test(name) && all((text) => text === '0' || text === '1')) {
    return boolean((text) => text === '1');
  }
  if (all(isNumber)) return { type: numberType(texts.map(Number)), convert: Number };
  if (all(isDate)) return { type: { type: 'date' }, convert: (text) => text };
  if (all((text) => instantOf(text) !== undefined)) {
    return { type: { type: 'timestamp' }, convert: (text) => instantOf(text) ?? null };
  }
  return undefined;
}

const boolean = (convert: (text: string) => boolean): TextType => ({ type: { type: 'boolean' }, convert });

function isNumber(text: string): boolean {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return false;
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return digits.length <= 15 || String(Number(text)) === text;
}

function numberType(numbers: readonly number[]): Omit<TableColumn, 'name' | 'nullable'> {
  if (numbers.every((number) => Number.isSafeInteger(number))) return { type: 'integer' };
  return {
    type: 'number',
    scale: Math.min(
      37,
      numbers.reduce((most, one) => Math.max(most, decimals(one)), 0),
    ),
  };
}

/** How many digits a number has after its point, also when JavaScript writes it as 1e-7. */
function decimals(number: number): number {
  const [mantissa = '', exponent = '0'] = String(number).split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const instantPattern = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?: ?(Z|[+-]\d\d:?\d\d))?$/;

/** ISO 8601 in UTC with all digits of the fraction; text without a zone is taken as UTC. */
function instantOf(text: string): string | undefined {
  const [, date = '', time = '', fraction = '000', zone = 'Z'] = instantPattern.exec(text) ?? [];
  if (!isDate(date)) return undefined;
  const wall = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(wall)) return undefined;
  const minutes = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  const offset = zone.startsWith('-') ? -minutes : minutes;
  return `${new Date(wall - offset * 60_000).toISOString().slice(0, 19)}.${fraction}Z`;
}
