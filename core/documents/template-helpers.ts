import type { Json } from '../contract/json.ts';
import { compareScalars, equalScalars } from './compare.ts';
import { canonicalJson } from './canonical.ts';
import { decimalText, numberOf } from './decimal.ts';
import { formatDate, formatInstant, parseInstant } from './instant.ts';
import { escapeMarkdown, oneLine } from './markdown.ts';

type Value = Json | undefined;
type Options = Readonly<Record<string, Value>>;

/** A helper of templates. `takesParts`: a part (a list or a record) may stand where others want a value. */
export interface TemplateHelper {
  readonly least: number;
  readonly most: number;
  readonly options: readonly string[];
  readonly takesParts: boolean;
  readonly call: (values: readonly Value[], options: Options) => Value;
}

/** A value as a template shows it; a missing one is the empty text. */
export function textOf(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  return Array.isArray(value) ? value.map(textOf).join(', ') : canonicalJson(value);
}

/** As `{{#if}}` decides: missing, false, 0, the empty text and the empty list do not hold. */
export const holds = (value: Value): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

const define = (
  least: number,
  most: number,
  call: TemplateHelper['call'],
  more: { options?: readonly string[]; takesParts?: boolean } = {},
): TemplateHelper => ({
  least,
  most,
  call,
  options: more.options ?? [],
  takesParts: more.takesParts ?? false,
});

/** A value that is not of the expected form is shown as it is: nothing is lost, and nothing is invented. */
export const templateHelpers: Readonly<Record<string, TemplateHelper>> = {
  number: define(1, 1, ([value], { digits }) => formatNumber(value, 0, 2, digits), { options: ['digits'] }),
  currency: define(1, 2, ([amount, code], { digits }) => formatCurrency(amount, code, digits), {
    options: ['digits'],
  }),
  percent: define(1, 1, ([value], { digits, of }) => formatPercent(value, digits, of), {
    options: ['digits', 'of'],
  }),
  date: define(1, 1, ([value]) => formatted(value, parseInstant(value), formatDate)),
  instant: define(1, 1, ([value]) => formatted(value, parseInstant(value), formatInstant)),
  count: define(1, 1, ([value]) => (Array.isArray(value) ? value.length : holds(value) ? 1 : 0), {
    takesParts: true,
  }),
  default: define(2, 2, ([value, other]) => (textOf(value).trim() === '' ? other : value)),
  join: define(1, 2, ([values, separator]) => joinValues(values, separator)),
  oneline: define(1, 1, ([value]) => oneLine(textOf(value))),
  md: define(1, 1, ([value]) => escapeMarkdown(textOf(value))),
  eq: define(2, 2, ([left, right]) => equalScalars(left, right)),
  ne: define(2, 2, ([left, right]) => !equalScalars(left, right)),
  gt: define(2, 2, ([left, right]) => (compareScalars(left, right) ?? 0) > 0),
  lt: define(2, 2, ([left, right]) => (compareScalars(left, right) ?? 0) < 0),
  and: define(2, 20, (values) => values.every(holds), { takesParts: true }),
  or: define(2, 20, (values) => values.some(holds), { takesParts: true }),
  not: define(1, 1, ([value]) => !holds(value), { takesParts: true }),
};

const formatted = (value: Value, ms: number | undefined, format: (ms: number) => string): string =>
  ms === undefined ? textOf(value) : format(ms);

function joinValues(values: Value, separator: Value): string {
  if (!Array.isArray(values)) return textOf(values);
  return values
    .map(textOf)
    .filter((text) => text !== '')
    .join(separator === undefined ? ', ' : textOf(separator));
}

/** `1,234,567.5`: English grouping; between `least` and `most` digits after the point, or exactly `digits`. */
function formatNumber(value: Value, least: number, most: number, digits: Value): string {
  const number = numberOf(value);
  if (number === undefined) return textOf(value);
  const exact = typeof digits === 'number' ? Math.min(20, Math.max(0, Math.trunc(digits))) : undefined;
  const plain = decimalText(value) ?? '0';
  const fractionDigits = plain.split('.')[1]?.length ?? 0;
  const fixed =
    fractionDigits <= (exact ?? most) ? plain : (decimalText(number.toFixed(exact ?? most)) ?? plain);
  const [whole = '0', fraction = ''] = fixed.split('.');
  const shown = fraction.padEnd(exact ?? least, '0');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${shown === '' ? '' : `.${shown}`}`;
}

/** Currencies without a minor unit. https://www.six-group.com/en/products-services/financial-information/data-standards.html */
const wholeCurrencies = new Set(
  'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '),
);

/** `USD 1,234,567.00`: the ISO code, since a sign alone is ambiguous. */
function formatCurrency(amount: Value, code: Value, digits: Value): string {
  if (numberOf(amount) === undefined) return textOf(amount);
  const currency = textOf(code).trim().toUpperCase();
  const number = formatNumber(amount, 0, 2, digits ?? (wholeCurrencies.has(currency) ? 0 : 2));
  return currency === '' ? number : `${currency} ${number}`;
}

/** `25%` of 25; with `of=1`, of the ratio 0.25. */
function formatPercent(value: Value, digits: Value, of: Value): string {
  const number = numberOf(value);
  if (number === undefined) return textOf(value);
  const whole = numberOf(of) ?? 100;
  const percent = whole === 100 ? value : Number(((number * 100) / whole).toPrecision(15));
  return `${formatNumber(percent, 0, 1, digits)}%`;
}
