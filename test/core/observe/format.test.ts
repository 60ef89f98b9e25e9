import { expect, test } from 'vitest';
import {
  cut,
  formatBytes,
  formatCount,
  formatMany,
  formatSeconds,
  pad,
  textWidth,
} from '../../../core/observe/format.ts';
import { createPalette, wantsColor } from '../../../core/observe/palette.ts';
import { formatTable } from '../../../core/observe/tables.ts';

test('counts and durations read the same on every machine', () => {
  expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect(formatMany(1, 'document')).toBe('1 document');
  expect([0.04, 9.94, 9.96, 59.4, 59.6, 245, 3661].map(formatSeconds)).toEqual([
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '4 min 05 s',
    '1 h 01 min',
  ]);
  expect([0, 37_200, 999_499, 999_500, 4_240_000, 380e6, 12.34e9, 5e15].map(formatBytes)).toEqual([
    '0 KB',
    '37 KB',
    '999 KB',
    '1.0 MB',
    '4.2 MB',
    '380 MB',
    '12 GB',
    '5,000 TB',
  ]);
});

test('widths count terminal columns, not characters or colours', () => {
  expect(textWidth(createPalette(true).red('abc'))).toBe(3);
  expect(textWidth('日本')).toBe(4);
  expect(textWidth('e\u0301té')).toBe(3);
  expect(textWidth('✅')).toBe(2);
  expect(cut('日本語', 4)).toBe('日…');
  expect(cut('abc', 3)).toBe('abc');
  expect(pad('日本', 6, 'right')).toBe('  日本');
});

test('a table is aligned, figures to the right, without trailing spaces', () => {
  const columns = [{ title: 'Stream' }, { title: 'read', align: 'right' as const }, { title: '' }];
  const rows = [
    ['crm.Account', '1,204', 'note'],
    ['日本', createPalette(true).dim('0'), ''],
  ];
  expect(formatTable(columns, rows, { indent: 2 }).replaceAll(/\x1b\[\d+m/g, '')).toBe(
    ['  Stream        read', '  crm.Account  1,204  note', '  日本             0'].join('\n'),
  );
});

test('colours are for people who want them', () => {
  const terminal = { isTTY: true };
  expect(wantsColor(terminal, {})).toBe(true);
  expect(wantsColor(terminal, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColor(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
  expect(wantsColor({}, {})).toBe(false);
  expect(wantsColor({}, { FORCE_COLOR: '1' })).toBe(true);
  expect(wantsColor(terminal, { TERM: 'dumb' })).toBe(false);
});
