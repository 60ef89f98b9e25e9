import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { registry } from '../../connectors/index.ts';
import { root } from '../house/source-files.ts';
import { documents, refresh } from './option-tables.ts';

const read = (path: string): Promise<string> => readFile(join(root, 'docs', path), 'utf8');

test('the option tables are what the schemas say; `node test/docs/option-tables.ts` renews them', async () => {
  for (const path of await documents()) {
    const text = await read(path);
    expect(await refresh(text), path).toBe(text);
  }
});

test('every connector has a page with all of its settings', async () => {
  const sources = Object.keys(registry.sources).map((type) => [type, `source ${type}`, `stream ${type}`]);
  const destinations = Object.keys(registry.destinations).map((type) => [type, `destination ${type}`]);
  for (const [type, ...tables] of [...sources, ...destinations]) {
    const text = await read(`connectors/${type}.md`);
    for (const table of tables) expect(text, type).toContain(`<!-- options: ${table} -->`);
  }
});

test('the configuration guide has every setting of the engine', async () => {
  const text = await read('configuration.md');
  for (const table of ['configuration', 'source', 'stream', 'destination', 'kind', 'part', 'pipeline']) {
    expect(text).toContain(`<!-- options: ${table} -->`);
  }
});
