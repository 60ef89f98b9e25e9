import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, it } from 'vitest';
import { root } from '../house/source-files.ts';
import { bugs } from './bugs.ts';

describe('the planted bugs', () => {
  it('are at least twenty-four, each with a name of its own', () => {
    expect(bugs.length).toBeGreaterThanOrEqual(24);
    expect(new Set(bugs.map((bug) => bug.name)).size).toBe(bugs.length);
  });

  it.each(bugs)('can be planted in exactly one place: $name', ({ file, find, replace }) => {
    const text = readFileSync(join(root, file), 'utf8');
    expect(text.split(find).length - 1).toBe(1);
    expect(() => stripTypeScriptTypes(text.replace(find, () => replace))).not.toThrow();
  });

  it('are looked for by tests that exist', () => {
    const named = new Set(bugs.flatMap((bug) => bug.tests));
    expect([...named].filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
