import type { KnowledgeBase } from '@aws-sdk/client-bedrock-agent';
import type { BedrockConfig } from './config.ts';
import type { MetadataBudget } from './metadata.ts';

/** Fits every vector store, S3 Vectors too. */
const everywhere = { bytes: 900, keys: 30 };
/** https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html : 1 KB and 35 keys; some room is left. */
const s3Vectors = { bytes: 900, keys: 35 };
const s3VectorsLimits = { bytes: 1024, keys: 35 };
/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DocumentMetadata.html : 50 attributes. */
const others = { bytes: 65_536, keys: 50 };

/** With the types of 50 attributes around it, that still fits a metadata file of S3: both roads carry the same. */
const metadataFile = 6_000;

/** What a document may carry: as it is set, else as much as the named vector store takes. */
export function metadataBudget(config: BedrockConfig): MetadataBudget {
  const { vectorStore } = config;
  const store = vectorStore === undefined ? everywhere : vectorStore === 'S3_VECTORS' ? s3Vectors : others;
  return {
    bytes: Math.min(config.metadataBytes ?? store.bytes, config.bulk ? metadataFile : Infinity),
    keys: config.metadataKeys ?? store.keys,
    priority: config.metadataPriority,
  };
}

/** Why documents would fail in the vector store that is really there, or nothing. */
export function budgetProblem(
  base: KnowledgeBase,
  config: BedrockConfig,
): { readonly message: string; readonly hint: string } | undefined {
  const store = base.storageConfiguration?.type;
  if (config.vectorStore !== undefined && store !== config.vectorStore)
    return {
      message: `vectorStore is ${config.vectorStore}, and the knowledge base keeps its vectors in ${store ?? 'a store of Bedrock'}.`,
      hint: store === undefined ? 'Leave vectorStore out.' : `Set vectorStore: ${store}.`,
    };
  const { bytes, keys } = metadataBudget(config);
  if (store === 'S3_VECTORS' && (bytes > s3VectorsLimits.bytes || keys > s3VectorsLimits.keys))
    return {
      message: `The metadata budget of ${bytes} bytes and ${keys} attributes is more than S3 Vectors takes (${s3VectorsLimits.bytes} bytes, ${s3VectorsLimits.keys} attributes): documents would fail.`,
      hint: 'Lower metadataBytes and metadataKeys, or leave them out.',
    };
  return undefined;
}
