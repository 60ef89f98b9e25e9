import type { FieldDefinition, IndexDefinition } from './index-definition.ts';
import { Refusal } from './refusal.ts';

interface Named {
  readonly name: string;
  readonly kind?: string;
}
interface VectorSearch {
  readonly profiles?: readonly (Named & {
    readonly algorithm?: string;
    readonly vectorizer?: string | null;
    readonly compression?: string | null;
  })[];
  readonly algorithms?: readonly Named[];
  readonly vectorizers?: readonly (Named & { readonly azureOpenAIParameters?: AzureOpenAiParameters })[];
  readonly compressions?: readonly (Named & {
    readonly truncationDimension?: number | null;
    readonly rescoringOptions?: {
      readonly enableRescoring?: boolean;
      readonly defaultOversampling?: number | null;
    };
  })[];
}
export interface AzureOpenAiParameters {
  readonly resourceUri?: string;
  readonly deploymentId?: string;
  readonly modelName?: string;
  readonly apiKey?: string;
}

const broken = (message: string): Refusal =>
  new Refusal(400, 'InvalidRequestParameter', `The request is invalid. Details: definition : ${message}`, [
    { code: 'InvalidVectorSearch', message: `${message} Parameters: definition` },
  ]);

/** Everything a profile names must be there: https://learn.microsoft.com/azure/search/vector-search-how-to-create-index */
export function requireVectorSearch(raw: unknown, fields: readonly FieldDefinition[]): void {
  const { profiles = [], algorithms = [], vectorizers = [], compressions = [] } = (raw ?? {}) as VectorSearch;
  for (const [kinds, some] of [
    [['hnsw', 'exhaustiveKnn'], algorithms],
    [['azureOpenAI', 'customWebApi', 'aml'], vectorizers],
    [['scalarQuantization', 'binaryQuantization'], compressions],
  ] as const) {
    for (const { name, kind } of some)
      if (!(kinds as readonly unknown[]).includes(kind))
        throw broken(`'${name}' has the unknown kind '${kind ?? ''}'.`);
  }
  for (const { name, rescoringOptions } of compressions)
    if (rescoringOptions?.defaultOversampling != null && rescoringOptions.enableRescoring === false)
      throw broken(`'defaultOversampling' of '${name}' can be set only when rescoring is enabled.`);
  for (const { name, azureOpenAIParameters: parameters } of vectorizers)
    if (parameters && !(parameters.resourceUri && parameters.deploymentId && parameters.modelName))
      throw broken(`The vectorizer '${name}' needs resourceUri, deploymentId and modelName.`);
  const require = (some: readonly Named[], name: string | null | undefined, what: string): void => {
    if (name != null && !some.some((one) => one.name === name))
      throw broken(`There is no ${what} '${name}'.`);
  };
  for (const profile of profiles) {
    if (!profile.algorithm) throw broken(`The profile '${profile.name}' needs an algorithm.`);
    require(algorithms, profile.algorithm, 'algorithm');
    require(vectorizers, profile.vectorizer, 'vectorizer');
    require(compressions, profile.compression, 'compression');
    const truncation = compressions.find((one) => one.name === profile.compression)?.truncationDimension;
    for (const field of fields) {
      if (field.vectorSearchProfile !== profile.name || truncation == null) continue;
      if (truncation >= (field.dimensions ?? 0))
        throw broken(`'truncationDimension' must be smaller than the dimensions of '${field.name}'.`);
    }
  }
}

/** A vectorizer's settings, or undefined when the field's profile names none. */
export function vectorizerOf(
  index: IndexDefinition,
  field: FieldDefinition,
): AzureOpenAiParameters | undefined {
  const search = (index['vectorSearch'] ?? {}) as VectorSearch;
  const profile = search.profiles?.find((one) => one.name === field.vectorSearchProfile);
  return search.vectorizers?.find((one) => one.name === profile?.vectorizer)?.azureOpenAIParameters;
}

/** The service asks the embedding deployment itself; on loopback, in the name of the identity that the index trusts. */
export async function vectorise(
  text: string,
  parameters: AzureOpenAiParameters,
  dimensions: number,
): Promise<number[]> {
  const failed = (why: string): Refusal =>
    new Refusal(
      400,
      'InvalidRequestParameter',
      `Could not vectorize the query: ${why}\r\nParameter name: vectorQueries`,
    );
  const url = `${parameters.resourceUri ?? ''}/openai/deployments/${parameters.deploymentId ?? ''}/embeddings?api-version=2024-10-21`;
  if (!/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):/.test(url))
    throw failed('the emulator reaches loopback addresses only.');
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'api-key': parameters.apiKey ?? 'openai-key' },
    body: JSON.stringify({ input: [text], dimensions }),
  }).catch(() => undefined);
  if (!response?.ok) throw failed(`the vectorizer answers ${response?.status ?? 'nothing'}.`);
  const answer = (await response.json()) as { data: { embedding: number[] }[] };
  return answer.data[0]!.embedding;
}
