import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { azureAiSearch } from '../../connectors/azure-ai-search/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { modelSource } from '../../core/testing/index.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld } from '../../sync/world.ts';
import { measure } from '../measure.ts';
import { inService, rounds, type Round } from './rounds.ts';
import { bodyOf, dimensions, documentsOf, onePercentChanged, passageCharacters } from './workload.ts';

/** Tributary from a model source to the index: reading, composing, the catalog in a file, and publishing. */
const { addresses, count, faults } = inService();
const index = faults ? 'tributary-faults' : 'tributary';
const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-azure-'));
const rowOf = (document: ReturnType<typeof documentsOf>[number]) => ({
  Id: document.id,
  Title: document.title,
  Body: bodyOf(document),
});
const documents = documentsOf(count);
const crm = modelSource({
  pageSize: 2000,
  versions: true,
  fields: { Page: ['Id', 'Title', 'Body'] },
  streams: { Page: Object.fromEntries(documents.map((one) => [one.id, rowOf(one)])) },
});
const yaml = `
namespace: bench
sources:
  crm: { type: model, streams: { Page: { fields: [Id, Title, Body] } } }
destinations:
  azure:
    type: azure-ai-search
    plane: stateless
    endpoint: ${addresses.search}
    apiKey: \${KEY}
    index: ${index}
    batch: { requestsPerSecond: 1000 }
    chunks: { maxCharacters: ${passageCharacters}, overlap: 0 }
    vector:
      provider: azure-openai
      endpoint: ${addresses.openai}
      deployment: embedding
      apiKey: \${MODEL_KEY}
      dimensions: ${dimensions}
      requestsPerSecond: 1000
kinds:
  page:
    from: crm.Page
    title: "{{Title}}"
    body: "{{Body}}"
    access: { everyone: a benchmark has no secrets }
pipelines:
  all: { kinds: [page], destinations: [azure] }
`;
const config = await parseConfig(
  yaml,
  {
    sources: { model: async () => crm.connector as never },
    destinations: { 'azure-ai-search': async () => azureAiSearch as never },
  },
  { env: { KEY: addresses.searchKey, MODEL_KEY: addresses.openaiKey }, folder },
);
const catalog = openCatalog(join(folder, 'catalog.sqlite'), Date.now);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const world = openWorld({
  config,
  catalog,
  log: silent,
  signal: new AbortController().signal,
  observe: () => undefined,
  now: Date.now,
  sleep: (ms) => delay(ms),
});

const sync: Round = async () => {
  const measured = await measure('sync', async () => {
    const report = await runOnce(world);
    return { written: report.destinations[0]!.written, pending: report.destinations[0]!.pending };
  });
  return { wallMs: measured.wallMs, cpuMs: measured.cpuMs, done: measured.counts['pending'] === 0 };
};
await rounds({
  index,
  sync,
  change: async () => {
    for (const [at, document] of onePercentChanged(documents).entries())
      if (document !== documents[at]) crm.put('Page', document.id, rowOf(document));
  },
});
await world.close();
catalog.close();
rmSync(folder, { recursive: true, force: true });
