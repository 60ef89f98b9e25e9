import type { Json } from '../contract/json.ts';

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Milliseconds since 1970 of an ISO 8601 date or date and time, in every spelling the sources use (`+0000`, a space
 * for the `T`, nine digits of fraction). Without an offset it is UTC: the machine's time zone never matters.
 */
export function parseInstant(value: Json | undefined): number | undefined {
  if (typeof value !== 'string' || value.length < 10) return undefined;
  const match = pattern.exec(value);
  if (!match) return undefined;
  const [
    ,
    year = '',
    month = '',
    day = '',
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    offset = 'Z',
  ] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const inCycle = 2000 + (Number(year) % 400);
  const daysInMonth = new Date(Date.UTC(inCycle, Number(month), 0)).getUTCDate();
  if (month < '01' || month > '12' || day < '01' || Number(day) > daysInMonth) return undefined;
  const fractionMs = fraction === '' ? 0 : Number(fraction.slice(0, 3).padEnd(3, '0'));
  const ms = Date.UTC(
    inCycle,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    fractionMs,
  );
  return ms + ((Number(year) - inCycle) / 400) * cycleMs - offsetMs(offset);
}

/** The calendar repeats every 400 years; `Date.UTC` itself takes the years 0 to 99 for 1900 to 1999. */
const cycleMs = 146_097 * 86_400_000;

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3).replace(':', '') || 0);
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `15 Jan 2026`, in UTC. */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${String(date.getUTCFullYear()).padStart(4, '0')}`;
}

/** `15 Jan 2026 09:05 UTC`. */
export const formatInstant = (ms: number): string =>
  `${formatDate(ms)} ${new Date(ms).toISOString().slice(11, 16)} UTC`;
