import type { SearchIndex } from '@azure/search-documents';
import type { VectorConfig } from './vector-config.ts';

export const vectorField = 'content_vector';
export const vectorProfile = 'tributary';

type VectorSearch = NonNullable<SearchIndex['vectorSearch']>;

/**
 * The part of the index that says how vectors are kept, found and made of a question. Agents send text: without a
 * vectorizer they could not use the vectors. https://learn.microsoft.com/azure/search/vector-search-how-to-configure-vectorizer
 */
export function vectorSearchOf(settings: VectorConfig): VectorSearch {
  const { algorithm, compression, truncateTo, provider, endpoint = '', deployment = '', model } = settings;
  const algorithms: VectorSearch['algorithms'] = [
    algorithm === 'hnsw'
      ? { name: vectorProfile, kind: 'hnsw', parameters: { metric: 'cosine' } }
      : { name: vectorProfile, kind: 'exhaustiveKnn', parameters: { metric: 'cosine' } },
  ];
  const vectorizers: VectorSearch['vectorizers'] =
    provider === 'azure-openai'
      ? [
          {
            vectorizerName: vectorProfile,
            kind: 'azureOpenAI',
            parameters: {
              resourceUrl: endpoint.replace(/\/+$/, ''),
              deploymentId: deployment,
              modelName: model,
            },
          },
        ]
      : [];
  const shared = {
    compressionName: vectorProfile,
    rescoringOptions: {
      enableRescoring: true,
      defaultOversampling: 4,
      rescoreStorageMethod: 'preserveOriginals',
    },
    ...(truncateTo === undefined ? {} : { truncationDimension: truncateTo }),
  };
  const compressions: VectorSearch['compressions'] =
    compression === 'none'
      ? []
      : [
          compression === 'scalar'
            ? { ...shared, kind: 'scalarQuantization', parameters: { quantizedDataType: 'int8' } }
            : { ...shared, kind: 'binaryQuantization' },
        ];
  return {
    profiles: [
      {
        name: vectorProfile,
        algorithmConfigurationName: vectorProfile,
        ...(vectorizers.length > 0 ? { vectorizerName: vectorProfile } : {}),
        ...(compressions.length > 0 ? { compressionName: vectorProfile } : {}),
      },
    ],
    algorithms,
    vectorizers,
    compressions,
  };
}

/** The index's vector search with our profile in it, or the one it has when that is there already. */
export function withVectorSearch(
  existing: SearchIndex['vectorSearch'],
  settings: VectorConfig | undefined,
): SearchIndex['vectorSearch'] {
  if (settings === undefined || existing?.profiles?.some((one) => one.name === vectorProfile))
    return existing;
  const wanted = vectorSearchOf(settings);
  return {
    profiles: [...(existing?.profiles ?? []), ...(wanted.profiles ?? [])],
    algorithms: [...(existing?.algorithms ?? []), ...(wanted.algorithms ?? [])],
    vectorizers: [...(existing?.vectorizers ?? []), ...(wanted.vectorizers ?? [])],
    compressions: [...(existing?.compressions ?? []), ...(wanted.compressions ?? [])],
  };
}

/** Why an index with our profile cannot keep these vectors: algorithm and compression of a profile are for good. */
export function vectorConflicts(
  existing: SearchIndex['vectorSearch'],
  settings: VectorConfig | undefined,
): string[] {
  const profile = existing?.profiles?.find((one) => one.name === vectorProfile);
  if (settings === undefined || profile === undefined) return [];
  const algorithm = existing?.algorithms?.find(
    (one) => one.name === profile.algorithmConfigurationName,
  )?.kind;
  const packed = existing?.compressions?.find((one) => one.compressionName === profile.compressionName);
  const kinds = { none: undefined, scalar: 'scalarQuantization', binary: 'binaryQuantization' } as const;
  const wanted = settings.algorithm === 'hnsw' ? 'hnsw' : 'exhaustiveKnn';
  return [
    ...(algorithm === wanted ? [] : [`vectors are found by ${algorithm ?? 'nothing'}, need ${wanted}`]),
    ...(packed?.kind === kinds[settings.compression]
      ? []
      : [`vectors have the compression ${packed?.kind ?? 'none'}, need ${settings.compression}`]),
    ...((packed?.truncationDimension ?? undefined) === settings.truncateTo
      ? []
      : [
          `vectors are truncated to ${packed?.truncationDimension ?? 'nothing'}, need ${settings.truncateTo ?? 'nothing'}`,
        ]),
  ];
}
