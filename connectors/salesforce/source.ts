import type { Context } from '../../core/contract/context.ts';
import type { Source } from '../../core/contract/source.ts';
import { checkStreams } from './check.ts';
import { createClient } from './client.ts';
import type { SalesforceConfig, SalesforceStreamOptions } from './config.ts';
import type { SalesforceCursor } from './cursor.ts';
import { discoverStreams } from './discover.ts';
import { enumerateKeys } from './enumerate.ts';
import { createFieldMemory } from './field-memory.ts';
import { loadShape } from './load-shape.ts';
import { lookupKeys } from './lookup.ts';
import { planFirstLoad } from './partitions.ts';
import { readStream, type ReadParts } from './read.ts';

export function createSalesforceSource(
  config: SalesforceConfig,
  context: Context,
): Source<SalesforceStreamOptions, SalesforceCursor> {
  const client = createClient(config, context);
  const parts: ReadParts = {
    client,
    config,
    context,
    memory: createFieldMemory(context),
    withoutBulk: new Set(),
    described: new Map(),
  };
  return {
    async identity() {
      const { id, instanceUrl } = await client.organization();
      const { origin } = new URL(config.linkUrl ?? instanceUrl);
      return { instance: id, link: `${origin}/lightning/r/{stream}/{key}/view` };
    },
    check: (streams) => checkStreams(parts, streams),
    discover: (names) => discoverStreams(parts, names),
    async shape(stream) {
      const { cursor } = (await loadShape(parts, { ...stream, fields: [] }, { recent: true })).shape;
      return { cursor, deletes: stream.options.deletes };
    },
    partitions: (stream) => planFirstLoad(parts, stream),
    read: (request) => readStream(parts, request),
    lookup: (stream, keys) => lookupKeys(parts, stream, keys),
    enumerate: (stream) => enumerateKeys(parts, stream),
  };
}
