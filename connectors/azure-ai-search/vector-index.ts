import type { SearchIndex } from '@azure/search-documents';
import type { VectorConfig } from './vector-config.ts';

export const vectorField = 'content_vector';
export const vectorProfile = 'tributary';

type VectorSearch = NonNullable<SearchIndex['vectorSearch']>;

/**
 * The part of the index that says how vectors are kept, found and made of a question. Agents send text: without a
 * vectorizer they could not use the vectors. https://learn.microsoft.com/azure/search/vector-search-how-to-configure-vectorizer
 */
function vectorSearchOf(settings: VectorConfig): VectorSearch {
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

type Vectorizer = NonNullable<VectorSearch['vectorizers']>[number];

/** The vectorizer of our profile, where it asks Azure OpenAI. */
function vectorizerOf(
  search: SearchIndex['vectorSearch'],
): Extract<Vectorizer, { kind: 'azureOpenAI' }> | undefined {
  const profile = search?.profiles?.find((one) => one.name === vectorProfile);
  const found = search?.vectorizers?.find((one) => one.vectorizerName === profile?.vectorizerName);
  return found?.kind === 'azureOpenAI' ? found : undefined;
}

/** Another deployment of the same model makes the same vectors: the vectorizer alone changes. */
function withDeployment(existing: VectorSearch, wanted: VectorSearch): VectorSearch {
  const found = vectorizerOf(existing);
  const needed = vectorizerOf(wanted)?.parameters;
  const { resourceUrl, deploymentId, modelName } = found?.parameters ?? {};
  if (
    found === undefined ||
    needed === undefined ||
    modelName !== needed.modelName ||
    (resourceUrl?.replace(/\/+$/, '') === needed.resourceUrl && deploymentId === needed.deploymentId)
  )
    return existing;
  const changed = { ...found, parameters: { ...found.parameters, ...needed } };
  return {
    ...existing,
    vectorizers: (existing.vectorizers ?? []).map((one) => (one === found ? changed : one)),
  };
}

/** The index's vector search with our profile in it, asking the configured deployment; the one it has when that is so already. */
export function withVectorSearch(
  existing: SearchIndex['vectorSearch'],
  settings: VectorConfig | undefined,
): SearchIndex['vectorSearch'] {
  if (settings === undefined) return existing;
  const wanted = vectorSearchOf(settings);
  if (existing?.profiles?.some((one) => one.name === vectorProfile)) return withDeployment(existing, wanted);
  return {
    profiles: [...(existing?.profiles ?? []), ...(wanted.profiles ?? [])],
    algorithms: [...(existing?.algorithms ?? []), ...(wanted.algorithms ?? [])],
    vectorizers: [...(existing?.vectorizers ?? []), ...(wanted.vectorizers ?? [])],
    compressions: [...(existing?.compressions ?? []), ...(wanted.compressions ?? [])],
  };
}

/** Why an index with our profile cannot keep these vectors: its algorithm, its compression and the model behind it are for good. */
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
  const maker = vectorizerOf(existing)?.parameters?.modelName;
  const needed = vectorizerOf(vectorSearchOf(settings))?.parameters?.modelName;
  return [
    ...(maker === needed
      ? []
      : [`agents make vectors of questions by ${maker ?? 'nothing'}, need ${needed ?? 'nothing'}`]),
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
