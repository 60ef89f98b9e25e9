import type { Json } from '../../core/contract/json.ts';
import type { SlotSettings } from '../../core/contract/slots.ts';
import type { AzureAiSearchConfig } from './config.ts';

type Shape = Pick<
  AzureAiSearchConfig,
  'analyzer' | 'semanticConfiguration' | 'metadata' | 'chunks' | 'vector' | 'languages' | 'freshness'
>;

/** What the shape of an index and the form of its documents depend on. Keys stay with the configuration. */
export const slotSettings: SlotSettings<AzureAiSearchConfig> = {
  of({ analyzer, semanticConfiguration, metadata, chunks, vector, languages, freshness }) {
    const shape = { analyzer, semanticConfiguration, metadata, chunks, languages, freshness };
    return withoutAbsent({ ...shape, vector: vector && withoutKeys(vector) });
  },
  with(config, kept) {
    const shape = kept as unknown as Shape;
    const { vector: now } = config;
    const same = now && shape.vector?.provider === now.provider && shape.vector.endpoint === now.endpoint;
    const keys = same ? { apiKey: now.apiKey, credentials: now.credentials } : {};
    const { analyzer, semanticConfiguration, metadata, chunks, languages, freshness } = shape;
    return {
      ...config,
      ...{ analyzer, semanticConfiguration, metadata, chunks, languages, freshness },
      vector: shape.vector && { ...shape.vector, ...keys },
    };
  },
};

function withoutKeys(vector: NonNullable<Shape['vector']>): Omit<typeof vector, 'apiKey' | 'credentials'> {
  const { apiKey: _, credentials: __, ...shape } = vector;
  return shape;
}

const withoutAbsent = (shape: Shape | object): Json => JSON.parse(JSON.stringify(shape)) as Json;
