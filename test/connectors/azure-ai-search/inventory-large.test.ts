import { afterEach, describe, expect, it } from 'vitest';
import { chunkKey } from '../../../connectors/azure-ai-search/document-key.ts';
import { createRig, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

/** What the service lets a query skip at most: https://learn.microsoft.com/azure/search/search-pagination-page-layout */
const farthestSkip = 100_000;

describe('an index of more documents than a query can skip', () => {
  it('is listed to its end, each document once, and no page is skipped to', async () => {
    rig = await createRig();
    const documents = farthestSkip + 1001;
    const post = (path: string, body: object) =>
      fetch(`${rig.emulator.url}/indexes/context/docs/${path}?api-version=2026-04-01`, {
        method: 'POST',
        headers: { 'api-key': 'emulator-key' },
        body: JSON.stringify(body),
      });
    for (let from = 0; from < documents; from += 1000) {
      const value = Array.from({ length: Math.min(1000, documents - from) }, (_, at) => {
        const id = `acme:account:crm:one:Account:${from + at}`;
        return { key: chunkKey(id, 0), doc_id: id, fingerprint: 'f', version: 'v' };
      });
      expect((await post('index', { value })).status).toBe(200);
    }
    expect((await post('search', { search: '*', skip: farthestSkip + 1, top: 1 })).status).toBe(400);
    const found = new Set<string>();
    for await (const { id, fingerprint, version } of rig.destination.inventory!()) {
      if (fingerprint !== 'f' || version !== 'v' || found.has(id)) throw new Error(`${id} is listed wrongly`);
      found.add(id);
    }
    expect(found.size).toBe(documents);
  }, 120_000);
});
