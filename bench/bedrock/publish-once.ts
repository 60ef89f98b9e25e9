import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bedrockKnowledgeBase } from '../../connectors/bedrock-knowledge-base/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import type { Registry } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import { modelSource } from '../../core/testing/index.ts';
import { keepMemorySmall } from '../../sync/commands/memory.ts';
import { runOnce } from '../../sync/run.ts';
import { openWorld } from '../../sync/world.ts';
import { measure } from '../measure.ts';

/**
 * One first load, from records in memory to documents that Bedrock has confirmed, in a process of its own:
 * `node bench/bedrock/publish-once.ts <documents> <settings as JSON> <prefix of the keys>`.
 */
keepMemorySmall();
const [documents = '1000', settings = '{}', prefix = 'a'] = process.argv.slice(2);
const env = process.env as Readonly<Record<string, string>>;
const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
const body = 'Scheduled exports keep failing, and the renewal depends on them. '.repeat(20);
const rows = Object.fromEntries(
  Array.from({ length: Number(documents) }, (_, at) => [
    `${prefix}${String(at).padStart(7, '0')}`,
    { Name: `Company ${at}`, Notes: `${body} ${at}` },
  ]),
);
const source = modelSource({ streams: { Account: rows }, pageSize: 1000 });
const registry: Registry = {
  sources: { model: async () => source.connector as never },
  destinations: { 'bedrock-knowledge-base': async () => bedrockKnowledgeBase as never },
};
const yaml = `
namespace: bench
sources:
  crm: { type: model, streams: { Account: { fields: [Name, Notes] } } }
destinations:
  bedrock:
    type: bedrock-knowledge-base
    plane: stateful
    region: \${AWS_REGION}
    knowledgeBaseId: \${BEDROCK_KNOWLEDGE_BASE_ID}
    dataSourceId: \${BEDROCK_DATA_SOURCE_ID}
    endpoint: \${BEDROCK_ENDPOINT}
    runtimeEndpoint: \${BEDROCK_RUNTIME_ENDPOINT}
${Object.entries(JSON.parse(settings) as Record<string, unknown>)
  .map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`)
  .join('\n')}
kinds:
  account: { from: crm.Account, title: '{{Name}}', body: '{{Notes}}', access: { everyone: made-up companies } }
pipelines:
  all: { kinds: [account], destinations: [bedrock] }
`;
const world = openWorld({
  config: await parseConfig(yaml, registry, { env, folder }),
  catalog: openCatalog(join(folder, 'catalog.sqlite')),
  log: { debug() {}, info: () => undefined, warn: console.error, error: console.error },
  signal: new AbortController().signal,
  observe: () => undefined,
  now: Date.now,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
const measured = await measure('publish', async () => {
  const report = await runOnce(world, { adopt: true });
  const [one] = report.destinations;
  const problem = one?.error ?? report.streams.find(({ error }) => error)?.error;
  if (problem) throw new Error(`${problem.code}: ${problem.message}`);
  return { held: one?.held ?? 0, quarantined: one?.quarantined ?? 0 };
});
await world.close();
world.catalog.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(measured)}\n`);
