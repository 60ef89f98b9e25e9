import { isRecordId, recordId18 } from '../record-id.ts';
import type { ApiErrorCarrier } from './api-error.ts';
import type { EmulatedField } from './object-type.ts';

interface Expected {
  readonly literals: readonly string[];
  readonly wording: string;
}
const text: Expected = { literals: ['STRING'], wording: 'string and should be enclosed in quotes' };
const decimal: Expected = {
  literals: ['INTEGER', 'DECIMAL'],
  wording: 'double and should not be enclosed in quotes',
};
const expected: Readonly<Record<string, Expected>> = {
  datetime: { literals: ['DATETIME'], wording: 'dateTime and should not be enclosed in quotes' },
  date: { literals: ['DATE'], wording: 'date and should not be enclosed in quotes' },
  boolean: { literals: ['BOOLEAN'], wording: 'boolean and should not be enclosed in quotes' },
  int: { literals: ['INTEGER'], wording: 'int and should not be enclosed in quotes' },
  double: decimal,
  currency: decimal,
  percent: decimal,
};

/**
 * A literal of a filter as the org keeps that value. The kind of literal must fit the field:
 * https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_dateformats.htm
 */
export function readLiteral(
  field: EmulatedField,
  literal: string,
  type: string,
  fail: (errorCode: string, token: string, message: string) => ApiErrorCarrier,
): string | number | null {
  if (type === 'NULL') return null;
  const { literals, wording } = expected[field.type] ?? text;
  if (!literals.includes(type)) {
    throw fail(
      'INVALID_FIELD',
      field.name,
      `value of filter criterion for field '${field.name}' must be of type ${wording}`,
    );
  }
  switch (type) {
    case 'DATETIME':
    case 'DATE': {
      const instant = Date.parse(literal);
      if (Number.isNaN(instant))
        throw fail('MALFORMED_QUERY', literal, `Invalid ${type.toLowerCase()}: ${literal}`);
      const iso = new Date(instant).toISOString();
      return type === 'DATE' ? iso.slice(0, 10) : iso.replace('Z', '+0000');
    }
    case 'BOOLEAN':
      return literal.toUpperCase() === 'TRUE' ? 1 : 0;
    case 'INTEGER':
    case 'DECIMAL':
      return Number(literal);
    default: {
      const value = unescape(literal.slice(1, -1));
      if (value.length > 4000) throw fail('MALFORMED_QUERY', literal, 'SOQL string literal is too long');
      if (field.type !== 'id' && field.type !== 'reference') return value;
      if (value !== '' && !isRecordId(value)) {
        throw fail('INVALID_QUERY_FILTER_OPERATOR', field.name, `invalid ID field: ${value}`);
      }
      return recordId18(value);
    }
  }
}

/** https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm */
const unescape = (literal: string): string =>
  literal.replace(/\\(u[0-9A-Fa-f]{4}|.)/g, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === '%' || escaped === '_') return `\\${escaped}`;
    return (
      { n: '\n', N: '\n', r: '\r', R: '\r', t: '\t', T: '\t', b: '\b', B: '\b', f: '\f', F: '\f' }[escaped] ??
      escaped
    );
  });
