import type { FunctionArguments, Resolved } from './more-functions.ts';
import {
  decodeNumber,
  encodeNumber,
  isTimestamp,
  parseSqlType,
  type SqlType,
  type Stored,
} from './sql-types.ts';

const NUMBER = parseSqlType('NUMBER(38,0)');
const DAY_MS = 86_400_000;

const strict = (type: SqlType, apply: (values: readonly Stored[]) => Stored): Resolved => ({
  type,
  apply: (values) => (values.includes(null) ? null : apply(values)),
});
const isDay = (type: SqlType | undefined): boolean =>
  type?.kind === 'date' || type?.kind === 'timestamp_ntz' || type?.kind === 'timestamp_tz';
const dayOf = (value: Stored): Date => new Date(`${String(value).slice(0, 10)}T00:00:00Z`);
const iso = (day: Date): string => day.toISOString().slice(0, 10);
const unitOf = (value: Stored | undefined): string =>
  String(value)
    .toUpperCase()
    .replace(/^(YEAR|QUARTER|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND)S$/, '$1');

/** Functions on dates and instants in UTC; undefined for any other name. https://docs.snowflake.com/en/sql-reference/functions-date-time */
export function dateFunction(name: string, given: FunctionArguments): Resolved | undefined {
  const { types, constants, refuse } = given;
  const [first, second, third] = types;
  switch (name) {
    case 'YEAR':
    case 'MONTH':
    case 'DAY':
    case 'QUARTER': {
      if (types.length !== 1 || !isDay(first)) refuse();
      return strict(NUMBER, ([value]) => {
        const [year, month, day] = String(value).slice(0, 10).split('-').map(Number);
        const part = { YEAR: year!, MONTH: month!, DAY: day!, QUARTER: Math.ceil(month! / 3) }[name]!;
        return encodeNumber(String(part), NUMBER);
      });
    }
    case 'TO_DATE':
      if (types.length !== 1 || !isDay(first)) refuse();
      return strict(parseSqlType('DATE'), ([value]) => String(value).slice(0, 10));
    case 'LAST_DAY':
      if (types.length !== 1 || !isDay(first)) refuse();
      return strict(parseSqlType('DATE'), ([value]) => {
        const day = dayOf(value!);
        return iso(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)));
      });
    case 'DATE_TRUNC': {
      if (types.length !== 2 || first?.kind !== 'text' || !isDay(second)) refuse();
      const unit = unitOf(constants[0]);
      if (!['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY'].includes(unit)) refuse();
      return strict(second!, ([, value]) => {
        const text = iso(truncate(dayOf(value!), unit));
        return second!.kind === 'date' ? text : `${text}T00:00:00.000000000`;
      });
    }
    case 'DATEDIFF': {
      if (types.length !== 3 || !isDay(second) || !isDay(third)) refuse();
      const unit = unitOf(constants[0]);
      if (!['YEAR', 'MONTH', 'WEEK', 'DAY'].includes(unit)) refuse();
      return strict(NUMBER, ([, from, to]) =>
        encodeNumber(String(steps(dayOf(to!), unit) - steps(dayOf(from!), unit)), NUMBER),
      );
    }
    case 'DATEADD': {
      const unit = unitOf(constants[0]);
      const months = { YEAR: 12, QUARTER: 3, MONTH: 1 }[unit];
      const days = { WEEK: 7, DAY: 1 }[unit];
      const wrong = types.length !== 3 || second?.kind !== 'fixed' || !third;
      if (wrong || (months === undefined && (days === undefined || isTimestamp(third!.kind))))
        return undefined;
      if (third!.kind !== 'date' && third!.kind !== 'timestamp_ntz') refuse();
      return strict(third!, ([, amount, value]) => {
        const count = Number(decodeNumber(String(amount), 0));
        const day = dayOf(value!);
        const moved =
          months === undefined
            ? new Date(day.getTime() + count * days! * DAY_MS)
            : addMonths(day, count * months);
        return iso(moved) + String(value).slice(10);
      });
    }
    default:
      return undefined;
  }
}

function truncate(day: Date, unit: string): Date {
  const year = day.getUTCFullYear();
  const month = day.getUTCMonth();
  if (unit === 'YEAR') return new Date(Date.UTC(year, 0, 1));
  if (unit === 'QUARTER') return new Date(Date.UTC(year, month - (month % 3), 1));
  if (unit === 'MONTH') return new Date(Date.UTC(year, month, 1));
  // Weeks begin on Monday.
  if (unit === 'WEEK') return new Date(day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY_MS);
  return day;
}

/** How many boundaries of the unit lie before a day: DATEDIFF counts boundaries, not spans. */
function steps(day: Date, unit: string): number {
  if (unit === 'YEAR') return day.getUTCFullYear();
  if (unit === 'MONTH') return day.getUTCFullYear() * 12 + day.getUTCMonth();
  const days = Math.round(truncate(day, unit).getTime() / DAY_MS);
  return unit === 'WEEK' ? Math.round((days + 3) / 7) : days;
}

/** The last day of a shorter month stands for a day that it does not have. */
function addMonths(day: Date, months: number): Date {
  const target = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months, 1));
  const last = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(day.getUTCDate(), last));
  return target;
}
