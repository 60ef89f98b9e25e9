import { BedrockAgentRuntimeClient, RetrieveCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { BusinessDocument } from '../../../core/contract/document.ts';
import { bedrockFilterValues, toBedrockFilter } from '../../../core/retrieval/bedrock-filter.ts';
import { filterSchema, type Filter } from '../../../core/retrieval/filter.ts';
import { filterValues, matchesFilter } from '../../../core/retrieval/match-filter.ts';
import type { RetrievalRequest } from '../../../core/retrieval/retrieval-request.ts';
import { createRig, writeOf as azureWrite, type Rig } from '../../connectors/azure-ai-search/support.ts';
import {
  openBench,
  writeOf as bedrockWrite,
  type Bench,
} from '../../connectors/bedrock-knowledge-base/bench.ts';
import { declaredFields, documentsArbitrary, filterArbitrary } from './filters.ts';

let rig: Rig | undefined;
let bench: Bench | undefined;
afterEach(async () => {
  await rig?.emulator.close();
  await bench?.close();
  rig = bench = undefined;
});

const [documents] = fc.sample(documentsArbitrary, { numRuns: 1, seed: 7 });
const question = 'heliotrope';

/** What the evaluator, Azure AI Search and Bedrock answer to one filter, as sorted ids. */
async function openPlanes() {
  rig = await createRig({ metadata: { fields: declaredFields } });
  bench = await openBench({ limits: false }, { metadataBytes: 65_536, metadataKeys: 50 });
  const { emulator } = bench;
  await rig.destination.write(documents!.map((one) => azureWrite(one)));
  for (const one of documents!) await bench.destination.write([bedrockWrite(one)]);
  bench.clock.advance(10_000);
  const runtime = new BedrockAgentRuntimeClient({
    region: emulator.env['AWS_REGION']!,
    endpoint: emulator.env['BEDROCK_RUNTIME_ENDPOINT']!,
    credentials: {
      accessKeyId: emulator.env['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: emulator.env['AWS_SECRET_ACCESS_KEY']!,
    },
  });
  const sorted = (ids: readonly unknown[]): string[] => ids.map(String).sort();
  return {
    reference: (where: Filter) =>
      sorted(documents!.filter((one) => matchesFilter(where, filterValues(one))).map((one) => one.id)),
    async azure(where: Filter) {
      const request: RetrievalRequest = { text: question, limit: 100, where };
      return sorted((await rig!.destination.search!(request)).map((hit) => hit.id));
    },
    async bedrock(where: Filter) {
      const { filter, exact } = toBedrockFilter(where, [{ equals: { key: 'access', value: 'everyone' } }]);
      const answer = await runtime.send(
        new RetrieveCommand({
          knowledgeBaseId: emulator.env['BEDROCK_KNOWLEDGE_BASE_ID'],
          retrievalQuery: { text: question },
          retrievalConfiguration: {
            vectorSearchConfiguration: { numberOfResults: 100, ...(filter ? { filter } : {}) },
          },
        }),
      );
      const results = answer.retrievalResults ?? [];
      const id = (one: (typeof results)[number]) => one.location?.customDocumentLocation?.id;
      const checked = results.filter((one) => matchesFilter(where, bedrockFilterValues(one.metadata ?? {})));
      return { exact, asked: sorted(results.map(id)), checked: sorted(checked.map(id)) };
    },
  };
}

test('a filter selects the same documents on both planes as the reference says, over a thousand filters', async () => {
  const planes = await openPlanes();
  let exact = 0;
  let selective = 0;
  await fc.assert(
    fc.asyncProperty(filterArbitrary, async (where) => {
      expect(filterSchema.parse(where)).toEqual(where);
      const wanted = planes.reference(where);
      expect(await planes.azure(where)).toEqual(wanted);
      const bedrock = await planes.bedrock(where);
      expect(bedrock.checked).toEqual(wanted);
      if (bedrock.exact) expect(bedrock.asked).toEqual(wanted);
      exact += Number(bedrock.exact);
      selective += Number(wanted.length > 0 && wanted.length < documents!.length);
    }),
    { numRuns: 1000, seed: 42 },
  );
  expect(exact).toBeGreaterThan(300);
  expect(selective).toBeGreaterThan(500);
}, 120_000);

test('what Bedrock is asked always fits its grammar, whatever has to hold as well', async () => {
  const planes = await openPlanes();
  const wide: Filter = {
    op: 'or',
    filters: Array.from({ length: 12 }, (_, at) => ({
      op: 'and',
      filters: [
        { op: 'eq', field: 'seats', value: at },
        { op: 'not', filter: { op: 'has', field: 'tags', value: `tag ${at}` } },
      ],
    })),
  };
  const deep = Array.from({ length: 9 }).reduce<Filter>(
    (inner) => ({ op: 'not', filter: { op: 'and', filters: [inner, wide] } }),
    wide,
  );
  for (const where of [wide, deep]) {
    const { exact, checked } = await planes.bedrock(where);
    expect(exact).toBe(false);
    expect(checked).toEqual(planes.reference(where));
    expect(await planes.azure(where)).toEqual(planes.reference(where));
  }
});

test('a field that a document lacks meets no condition, and so meets every negation', () => {
  const document = { ...documents![0]!, metadata: {} } as BusinessDocument;
  const values = filterValues(document);
  const conditions: Filter[] = [
    { op: 'eq', field: 'industry', value: 'Energy' },
    { op: 'in', field: 'industry', values: ['Energy'] },
    { op: 'range', field: 'seats', below: 5 },
    { op: 'range', field: 'renews', to: '2030-01-01' },
    { op: 'has', field: 'tags', value: 'tag 1' },
    { op: 'eq', field: 'constructor', value: 'x' },
  ];
  for (const filter of conditions) {
    expect(matchesFilter(filter, values)).toBe(false);
    expect(matchesFilter({ op: 'not', filter }, values)).toBe(true);
  }
});
