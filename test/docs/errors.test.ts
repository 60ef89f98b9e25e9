import { expect, test } from 'vitest';
import { errorCodes } from './error-codes.ts';
import { readDocument } from './markdown-files.ts';

const document = readDocument('docs/errors.md');
/** `| CODE | what it means | what to do |` */
const rows = [...document.matchAll(/^\| `([A-Z][A-Z0-9_]*)` +\|([^|]*)\|([^|]*)\|$/gm)];
const explained = rows.map(([, code]) => code!);
const inCode = [...errorCodes().keys()];

test('every error code in the code is explained: what it means and what to do', () => {
  expect(inCode.length).toBeGreaterThan(50);
  expect(inCode.filter((code) => !explained.includes(code))).toEqual([]);
  expect(rows.filter(([, , meaning, remedy]) => meaning!.trim() === '' || remedy!.trim() === '')).toEqual([]);
});

test('no code is explained twice, and none that the code does not have', () => {
  expect(explained.filter((code, at) => explained.indexOf(code) !== at)).toEqual([]);
  expect(explained.filter((code) => !inCode.includes(code))).toEqual([]);
});

test('codes that services name at run time are explained by their form', () => {
  for (const form of [
    '`AZURE_SEARCH_400`',
    '`AZURE_SEARCH_413`',
    '`bedrock-failed`',
    '`bedrock-validation`',
  ]) {
    expect(document).toContain(form);
  }
});
