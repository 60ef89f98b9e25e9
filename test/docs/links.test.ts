import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../house/source-files.ts';
import { anchorsOf, linksOf, markdownFiles, readDocument } from './markdown-files.ts';

const links = markdownFiles().flatMap(linksOf);

test('every link within the repository leads to a file', () => {
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ target }) => !existsSync(join(root, target)))).toEqual([]);
});

test('every link to a heading leads to one', () => {
  const dead = links.filter(
    ({ target, anchor }) =>
      anchor !== '' && target.endsWith('.md') && !anchorsOf(readDocument(target)).has(anchor),
  );
  expect(dead).toEqual([]);
});

test('every document below docs is reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    for (const { from, target } of links) if (from === path && target.endsWith('.md')) reached.add(target);
  }
  const lost = markdownFiles().filter(({ path }) => path.startsWith('docs/') && !reached.has(path));
  expect(lost.map(({ path }) => path)).toEqual([]);
});
