import { ConfigError, isConfigError } from '../../core/contract/errors.ts';
import { nearestName } from './nearest.ts';
import type { ReadParts } from './read.ts';
import { shapeOf, type SalesforceStream } from './stream-shape.ts';

/** Logs in and compares every stream with its object; stops at the first that does not fit. */
export async function checkStreams(parts: ReadParts, streams: readonly SalesforceStream[]): Promise<void> {
  const { client, context } = parts;
  await client.organization();
  for (const stream of streams) {
    const shape = shapeOf(stream, await describeOrSuggest(parts, stream), context.name);
    if (shape.cursor === null) {
      context.log.warn('A Salesforce object has no stamp to follow and is read whole each time', {
        object: stream.name,
      });
    }
    const calculated = shape.fields.filter((field) => field.calculated).map((field) => field.name);
    if (calculated.length > 0) {
      context.log.warn(
        'Formula fields change without the stamp of their record: a change alone is seen late',
        {
          object: stream.name,
          fields: calculated.join(', '),
        },
      );
    }
  }
}

async function describeOrSuggest({ client, context }: ReadParts, stream: SalesforceStream) {
  try {
    return await client.describe(stream.name);
  } catch (error) {
    if (!isConfigError(error) || error.code !== 'SALESFORCE_OBJECT_UNKNOWN') throw error;
    const nearest = nearestName(
      stream.name,
      (await client.describeGlobal()).map((one) => one.name),
    );
    throw new ConfigError(error.code, error.message, {
      where: `sources.${context.name}.streams.${stream.name}`,
      hint: nearest ? `Did you mean ${nearest}? ${error.hint ?? ''}`.trim() : (error.hint ?? ''),
      cause: error,
    });
  }
}
