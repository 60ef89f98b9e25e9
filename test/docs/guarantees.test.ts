import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../house/source-files.ts';
import { readDocument } from './markdown-files.ts';

const promises = readDocument('docs/guarantees.md').split(/^## /m).slice(1);
/** `- \`path\`: “name”` */
const named = (text: string): (readonly [path: string, name: string])[] =>
  [...text.matchAll(/^- `([^`]+)`:\s+“([^”]+)”$/gm)].map(([, path = '', name = '']) => [path, name]);

test('there are thirteen promises, in order, and each names at least one test', () => {
  expect(promises.map((text) => Number.parseInt(text, 10))).toEqual(
    Array.from({ length: 13 }, (_, at) => at + 1),
  );
  expect(promises.filter((text) => named(text).length === 0)).toEqual([]);
});

test('every test that a promise names exists', () => {
  const missing = promises.flatMap(named).filter(([path, name]) => {
    const file = join(root, path);
    const text = existsSync(file) ? readFileSync(file, 'utf8').replaceAll("\\'", "'") : '';
    return !/\b(test|it)\b/.test(text) || !text.includes(name);
  });
  expect(missing).toEqual([]);
});

test('every line of a list names a test in the form that is checked', () => {
  const lines = promises.flatMap((text) => text.match(/^- .*$/gm) ?? []);
  expect(lines.length).toBe(promises.flatMap(named).length);
});
