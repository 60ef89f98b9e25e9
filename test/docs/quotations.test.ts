import { expect, test } from 'vitest';
import { readDocument } from './markdown-files.ts';

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

test('code that the authoring guide quotes stands in the file that it names', () => {
  const text = readDocument('docs/writing-a-connector.md');
  const quoted = [...text.matchAll(/^From \[`([^`]+)`\][^\n]*\n\n```ts\n([^]*?)\n```$/gm)];
  expect(quoted.length).toBe([...text.matchAll(/^```ts$/gm)].length);
  const altered = quoted.filter(
    ([, path = '', code = '']) => !lines(readDocument(path)).join('\n').includes(lines(code).join('\n')),
  );
  expect(altered.map(([, path, code]) => `${path}: ${code}`)).toEqual([]);
});
