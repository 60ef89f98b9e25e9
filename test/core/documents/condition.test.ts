import { describe, expect, it } from 'vitest';
import { fieldsOf, matches, namesToday } from '../../../core/documents/condition.ts';

const open = {
  Stage: 'Open',
  Amount: '1200.50',
  Count: 7,
  Active: true,
  Flag: 'FALSE',
  Gone: null,
  Empty: '',
};

describe('conditions', () => {
  it.each([
    [{ Stage: 'Open' }, true],
    [{ Stage: 'open' }, false],
    [{ Stage: ['Won', 'Open'] }, true],
    [{ Stage: ['Won', 'Lost'] }, false],
    [{ Stage: 'Open', Count: 8 }, false],
    [{ Stage: { not: 'Won' } }, true],
    [{ Stage: { not: ['Won', 'Open'] } }, false],
    [{ Gone: null }, true],
    [{ Absent: null }, true],
    [{ Empty: null }, false],
    [{ Gone: { not: 'Won' } }, true],
    [{ Gone: { not: null } }, false],
    [{ Gone: { lt: 5 } }, false],
    [{ Gone: { gte: 0 } }, false],
    [{ Gone: { exists: false }, Empty: { exists: false }, Count: { exists: true } }, true],
    [{ Stage: { exists: false } }, false],
  ])('%j holds: %s', (condition, wanted) => {
    expect(matches(condition, open)).toBe(wanted);
  });

  it.each([
    [{ Amount: 1200.5 }, true],
    [{ Amount: '1200.5' }, false],
    [{ Amount: { gt: 900 } }, true],
    [{ Amount: { gt: '900' } }, true],
    [{ Amount: { lt: 900 } }, false],
    [{ Amount: { gte: 1200.5, lte: 1200.5 } }, true],
    [{ Amount: { gt: 1200.5 } }, false],
    [{ Count: '7' }, true],
    [{ Count: '7.0' }, true],
    [{ Count: 'seven' }, false],
    [{ Stage: { gt: 5 } }, false],
    [{ Active: 'true' }, true],
    [{ Active: false }, false],
    [{ Flag: false }, true],
    [{ Flag: true }, false],
  ])('a number or truth value given as text: %j holds: %s', (condition, wanted) => {
    expect(matches(condition, open)).toBe(wanted);
  });

  it('compares instants by time, however their offset is written', () => {
    const data = { Closed: '2026-01-15T01:00:00.000+02:00', Day: '2026-01-15' };
    expect(matches({ Closed: { lt: '2026-01-15' } }, data)).toBe(true);
    expect(matches({ Closed: { gte: '2026-01-14T23:00:00Z' } }, data)).toBe(true);
    expect(matches({ Day: { gte: '2026-01-15', lt: '2026-01-15T00:00:01Z' } }, data)).toBe(true);
  });

  it('looks into lists', () => {
    expect(matches({ Tags: 'gold' }, { Tags: ['new', 'gold'] })).toBe(true);
    expect(matches({ Tags: { not: 'gold' } }, { Tags: ['new', 'gold'] })).toBe(false);
  });

  it('does not take what every object inherits for a field', () => {
    expect(matches({ constructor: null, toString: null }, {})).toBe(true);
  });

  it('knows the date of the run where it is given', () => {
    const data = { CloseDate: '2026-01-10' };
    expect(matches({ CloseDate: { lt: 'today' } }, data, '2026-01-15')).toBe(true);
    expect(matches({ CloseDate: { gte: 'today-3d' } }, data, '2026-01-15')).toBe(false);
    expect(matches({ CloseDate: { gte: 'today-5d', lte: 'today+30d' } }, data, '2026-01-15')).toBe(true);
    expect(matches({ CloseDate: 'today-15d' }, { CloseDate: '2025-12-31' }, '2026-01-15')).toBe(true);
    expect(() => matches({ CloseDate: 'today' }, data)).toThrow('no date');
    expect(namesToday({ A: 1, CloseDate: { lt: 'today-1d' } })).toBe(true);
    expect(namesToday({ A: 'toda', B: { exists: true } })).toBe(false);
  });

  it('names its fields, and without a condition everything matches', () => {
    expect(fieldsOf({ B: 1, A: { exists: true } })).toEqual(['B', 'A']);
    expect(fieldsOf(undefined)).toEqual([]);
    expect(matches(undefined, {})).toBe(true);
  });
});
