import type { ObjectDescribe } from './api-types.ts';
import type { ReadParts } from './read.ts';
import { shapeOf, type SalesforceStream, type StreamShape } from './stream-shape.ts';

const recentMs = 60_000;

/**
 * Describes the object of a stream anew. A listed field that it showed before and shows no more is left out; `readBefore`
 * says that the stream has been read under this list of fields, which proves that each was there; `recent` is content with
 * a description that this process got in the last minute.
 */
export async function loadShape(
  { client, context, memory, described }: ReadParts,
  stream: SalesforceStream,
  options: { readonly readBefore?: boolean; readonly recent?: boolean } = {},
): Promise<{ readonly shape: StreamShape; readonly describe: ObjectDescribe }> {
  const known = options.recent ? described.get(stream.name) : undefined;
  const fresh = known && context.now() - known.atMs < recentMs ? known.describe : undefined;
  const describe = fresh ?? (await client.describe(stream.name));
  if (!fresh) described.set(stream.name, { describe, atMs: context.now() });
  const seen = await memory.recall(stream.name);
  const needsPrefixes = stream.fields.some((name) => name.endsWith('__type'));
  const shape = shapeOf(stream, describe, {
    source: context.name,
    ...(needsPrefixes ? { prefixes: await prefixes(client) } : {}),
    wasThere: (name) => options.readBefore === true || seen?.has(name) === true,
  });
  return { shape, describe };
}

async function prefixes(client: ReadParts['client']): Promise<Map<string, string>> {
  const objects = await client.describeGlobal();
  return new Map(objects.flatMap((one) => (one.keyPrefix ? [[one.keyPrefix, one.name] as const] : [])));
}
