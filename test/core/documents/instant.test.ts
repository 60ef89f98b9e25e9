import { describe, expect, it } from 'vitest';
import { formatDate, formatInstant, parseInstant } from '../../../core/documents/instant.ts';

describe('instants', () => {
  it.each([
    ['2026-01-15', '2026-01-15T00:00:00.000Z'],
    ['2026-01-15T12:30:45.123+0000', '2026-01-15T12:30:45.123Z'],
    ['2026-01-15T12:30:45.123456789Z', '2026-01-15T12:30:45.123Z'],
    ['2026-01-15 12:30:45.5 -0730', '2026-01-15T20:00:45.500Z'],
    ['2026-01-15T12:30', '2026-01-15T12:30:00.000Z'],
    ['2026-01-15T00:30:00+02:00', '2026-01-14T22:30:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, wanted) => {
    expect(new Date(parseInstant(text) ?? Number.NaN).toISOString()).toBe(wanted);
  });

  it.each(['2026-02-30', '2026-13-01', '2026-01-15T24:00:00Z', '15/01/2026', '2026', 'today', '', null, 5])(
    '%s is none',
    (value) => {
      expect(parseInstant(value)).toBeUndefined();
    },
  );

  it('are written in UTC and in English on every machine', () => {
    const ms = Date.UTC(2026, 0, 5, 9, 5);
    expect(formatDate(ms)).toBe('5 Jan 2026');
    expect(formatInstant(ms)).toBe('5 Jan 2026 09:05 UTC');
  });
});
