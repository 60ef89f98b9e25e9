import type { Context } from '../../core/contract/context.ts';
import type { Source } from '../../core/contract/source.ts';
import { checkStreams } from './check.ts';
import { createClient } from './client.ts';
import type { SalesforceConfig, SalesforceStreamOptions } from './config.ts';
import type { SalesforceCursor } from './cursor.ts';
import { discoverStreams } from './discover.ts';
import { enumerateKeys } from './enumerate.ts';
import { lookupKeys } from './lookup.ts';
import { readStream } from './read.ts';
import { shapeOf } from './stream-shape.ts';

export function createSalesforceSource(
  config: SalesforceConfig,
  context: Context,
): Source<SalesforceStreamOptions, SalesforceCursor> {
  const client = createClient(config, context);
  const parts = { client, config, context };
  const linkBase = config.instanceUrl ?? (isSharedLogin(config.loginUrl) ? undefined : config.loginUrl);
  return {
    identity: () => client.organizationId(),
    check: (streams) => checkStreams(parts, streams),
    discover: (names) => discoverStreams(parts, names),
    async shape(stream) {
      const { cursor } = shapeOf(stream, await client.describe(stream.name), context.name);
      return { cursor, deletes: stream.options.deletes };
    },
    read: (request) => readStream(parts, request),
    lookup: (stream, keys) => lookupKeys(parts, stream, keys),
    enumerate: (stream) => enumerateKeys(parts, stream),
    ...(linkBase === undefined
      ? {}
      : {
          link: (stream: string, key: string) =>
            `${new URL(linkBase).origin}/lightning/r/${encodeURIComponent(stream)}/${encodeURIComponent(key)}/view`,
        }),
  };
}

/** A link must be the same without a login, and these hosts belong to no org. */
const isSharedLogin = (loginUrl: string): boolean =>
  ['login.salesforce.com', 'test.salesforce.com'].includes(new URL(loginUrl).hostname);
