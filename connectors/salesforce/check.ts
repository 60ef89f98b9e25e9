import { ConfigError, isConfigError } from '../../core/contract/errors.ts';
import { loadShape } from './load-shape.ts';
import { nearestName } from './nearest.ts';
import type { ReadParts } from './read.ts';
import type { SalesforceStream } from './stream-shape.ts';

/** Logs in and compares every stream with its object; stops at the first that does not fit. */
export async function checkStreams(parts: ReadParts, streams: readonly SalesforceStream[]): Promise<void> {
  const { client, context } = parts;
  await client.organization();
  for (const stream of streams) {
    const { shape, describe } = await loadOrSuggest(parts, stream);
    if (shape.cursor === null) {
      context.log.warn('A Salesforce object has no stamp to follow and is read whole each time', {
        object: stream.name,
      });
    }
    const unstamped = shape.fields.filter((field) => field.unstamped).map((field) => field.name);
    if (unstamped.length > 0) {
      context.log.warn(
        'Formulas and labels change without the stamp of their record: a change alone is seen when the keys are listed',
        { object: stream.name, fields: unstamped.join(', ') },
      );
    }
    if (shape.missing.length > 0) {
      context.log.warn('A Salesforce object shows fields no more: the stream goes on without them', {
        object: stream.name,
        fields: shape.missing.join(', '),
      });
    }
    const amounts = shape.fields.filter((field) => field.type === 'currency');
    const hasCode = describe.fields.some((field) => field.name === 'CurrencyIsoCode');
    if (amounts.length > 0 && hasCode && !stream.fields.includes('CurrencyIsoCode')) {
      context.log.warn('Amounts are in the currency of their record: list CurrencyIsoCode beside them', {
        object: stream.name,
        fields: amounts.map((field) => field.name).join(', '),
      });
    }
  }
}

async function loadOrSuggest(parts: ReadParts, stream: SalesforceStream) {
  const { client, context } = parts;
  try {
    return await loadShape(parts, stream);
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
