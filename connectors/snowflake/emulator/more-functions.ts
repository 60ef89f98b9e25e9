import { hashValue } from './hash.ts';
import { decodeNumber, encodeNumber, parseSqlType, type SqlType, type Stored } from './sql-types.ts';

type Apply = (values: readonly Stored[]) => Stored;
export interface Resolved {
  readonly type: SqlType;
  readonly apply: Apply;
}
export interface FunctionArguments {
  readonly types: readonly SqlType[];
  readonly constants: readonly (Stored | undefined)[];
  refuse(): never;
}

const TEXT = parseSqlType('VARCHAR');
const NUMBER = parseSqlType('NUMBER(38,0)');
const BOOLEAN = parseSqlType('BOOLEAN');

const strict = (type: SqlType, apply: Apply): Resolved => ({
  type,
  apply: (values) => (values.includes(null) ? null : apply(values)),
});
const integer = (value: Stored): number => Number(decodeNumber(String(value), 0));
const fromInteger = (value: number | bigint): Stored => encodeNumber(String(value), NUMBER);

/** Functions on text; undefined for any other name. https://docs.snowflake.com/en/sql-reference/functions-string */
export function textFunction(name: string, { types, refuse }: FunctionArguments): Resolved | undefined {
  const shape = (...kinds: string[]): void => {
    const fits = types.length === kinds.length && types.every((type, at) => type.kind === kinds[at]);
    if (!fits) refuse();
  };
  const one = (apply: (text: string) => Stored): Resolved => {
    shape('text');
    return strict(TEXT, ([text]) => apply(String(text)));
  };
  const two = (apply: (text: string, other: string) => boolean): Resolved => {
    shape('text', 'text');
    return strict(BOOLEAN, ([text, other]) => (apply(String(text), String(other)) ? 1 : 0));
  };
  switch (name) {
    case 'UPPER':
      return one((text) => text.toUpperCase());
    case 'LOWER':
      return one((text) => text.toLowerCase());
    case 'TRIM':
      return one((text) => text.replace(/^ +| +$/g, ''));
    case 'LTRIM':
      return one((text) => text.replace(/^ +/, ''));
    case 'RTRIM':
      return one((text) => text.replace(/ +$/, ''));
    case 'LENGTH':
    case 'LEN':
      shape('text');
      return strict(NUMBER, ([text]) => fromInteger([...String(text)].length));
    case 'LEFT':
      shape('text', 'fixed');
      return strict(TEXT, ([text, count]) => [...String(text)].slice(0, integer(count!)).join(''));
    case 'RIGHT':
      shape('text', 'fixed');
      return strict(TEXT, ([text, count]) => {
        const letters = [...String(text)];
        return letters.slice(Math.max(0, letters.length - integer(count!))).join('');
      });
    case 'SUBSTR':
    case 'SUBSTRING':
      if (types.length === 2) shape('text', 'fixed');
      else shape('text', 'fixed', 'fixed');
      return strict(TEXT, ([text, start, count]) => {
        const letters = [...String(text)];
        const from =
          integer(start!) < 0 ? letters.length + integer(start!) : Math.max(0, integer(start!) - 1);
        return letters.slice(from, count === undefined ? undefined : from + integer(count)).join('');
      });
    case 'REPLACE':
      shape('text', 'text', 'text');
      return strict(TEXT, ([text, from, to]) => String(text).replaceAll(String(from), String(to)));
    case 'SPLIT_PART':
      shape('text', 'text', 'fixed');
      return strict(TEXT, ([text, by, at]) => {
        const parts = String(text).split(String(by));
        return parts[integer(at!) > 0 ? integer(at!) - 1 : parts.length + integer(at!)] ?? '';
      });
    case 'CONCAT':
      if (types.length === 0 || types.some((type) => type.kind !== 'text')) refuse();
      return strict(TEXT, (values) => values.join(''));
    case 'STARTSWITH':
      return two((text, other) => text.startsWith(other));
    case 'ENDSWITH':
      return two((text, other) => text.endsWith(other));
    case 'CONTAINS':
      return two((text, other) => text.includes(other));
    default:
      return undefined;
  }
}

/** Functions on numbers; undefined for any other name. https://docs.snowflake.com/en/sql-reference/functions-numeric */
export function numberFunction(name: string, given: FunctionArguments): Resolved | undefined {
  const { types, constants, refuse } = given;
  const [first, second] = types;
  const isInteger = (type: SqlType | undefined): boolean => type?.kind === 'fixed' && (type.scale ?? 0) === 0;
  switch (name) {
    case 'HASH':
      if (types.length === 0 || types.some((type) => type.kind === 'geography')) refuse();
      return {
        type: parseSqlType('NUMBER(19,0)'),
        apply: (values) => fromInteger(hashValue(types, values)),
      };
    case 'BITAND':
      if (types.length !== 2 || !isInteger(first) || !isInteger(second)) refuse();
      return strict(NUMBER, ([left, right]) => {
        const one = BigInt(decodeNumber(String(left), 0));
        return fromInteger(one & BigInt(decodeNumber(String(right), 0)));
      });
    case 'ABS':
      if (types.length !== 1) refuse();
      if (first!.kind === 'real') return strict(first!, ([value]) => Math.abs(Number(value)));
      if (first!.kind !== 'fixed') refuse();
      return strict(first!, ([value]) => {
        const text = decodeNumber(String(value), first!.scale ?? 0);
        return encodeNumber(text.replace('-', ''), first!);
      });
    case 'ROUND':
    case 'FLOOR':
    case 'CEIL': {
      const digits = constants[1] === undefined ? 0 : integer(constants[1]);
      const wrong = types.length > 2 || (types.length === 2 && !(isInteger(second) && constants[1]));
      if (wrong || digits < 0 || (first?.kind !== 'fixed' && first?.kind !== 'real')) return refuse();
      if (first.kind === 'real')
        return strict(first, ([value]) => {
          const factor = 10 ** digits;
          const way = name === 'ROUND' ? Math.round : name === 'FLOOR' ? Math.floor : Math.ceil;
          return way(Number(value) * factor) / factor;
        });
      const scale = first.scale ?? 0;
      const to = Math.min(digits, scale);
      const type: SqlType = { kind: 'fixed', precision: 38, scale: to };
      const unit = 10n ** BigInt(scale - to);
      return strict(type, ([value]) => {
        const units = BigInt(decodeNumber(String(value), scale).replace('.', ''));
        const rest = ((units % unit) + unit) % unit;
        let whole = (units - rest) / unit;
        const up = name === 'CEIL' ? rest > 0n : rest * 2n > unit || (rest * 2n === unit && units > 0n);
        if (name !== 'FLOOR' && up) whole += 1n;
        return encodeNumber(unitsText(whole, to), type);
      });
    }
    default:
      return undefined;
  }
}

/** Units of the last digit as decimal text: 1250 at scale 2 is 12.50. */
export function unitsText(units: bigint, scale: number): string {
  const negative = units < 0n;
  const digits = String(negative ? -units : units).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}
