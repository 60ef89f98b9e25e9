import type { AzureAiSearchConfig } from '../../connectors/azure-ai-search/config.ts';
import { createDocumentMapper } from '../../connectors/azure-ai-search/search-document.ts';
import type { BedrockConfig } from '../../connectors/bedrock-knowledge-base/config.ts';
import { metadataBudget } from '../../connectors/bedrock-knowledge-base/metadata-budget.ts';
import { requestDocument } from '../../connectors/bedrock-knowledge-base/request-document.ts';
import type { Config } from '../../core/config/config.ts';
import type { Kind, RecordNode } from '../../core/documents/index.ts';
import { createPlanePolicy } from '../../core/policy/plane-policy.ts';

/** A document as both services are to get it, each in its JSON form. */
export interface EncodedDocument {
  readonly id: string;
  readonly bedrock: string;
  readonly azure: string;
}

/** What one request of each service may hold, as configured. */
export function batchLimits(config: Config) {
  const bedrock = config.destinations['bedrock']!.settings as BedrockConfig;
  const azure = config.destinations['azure']!.settings as AzureAiSearchConfig;
  return {
    bedrock: { maxDocuments: bedrock.batchSize, maxBytes: 5_500_000 },
    azure: { maxDocuments: azure.batch.maxDocuments, maxBytes: azure.batch.maxBytes },
  };
}

/** The same templates, hashes and bodies as the engine's; nothing is remembered. */
export function createEncoder(
  config: Config,
): (kind: Kind, record: RecordNode) => EncodedDocument | undefined {
  const bedrock = config.destinations['bedrock']!.settings as BedrockConfig;
  const azure = config.destinations['azure']!.settings as AzureAiSearchConfig;
  const mapDocument = createDocumentMapper(azure);
  const budget = metadataBudget(bedrock);
  const policy = createPlanePolicy({
    destination: 'azure',
    plane: 'stateless',
    accepts: 'confidential',
    profile: 'loop',
  });
  return (kind, record) => {
    const composition = kind.compose(record, []);
    if (composition.status !== 'composed') return undefined;
    const { document, content } = composition;
    const decision = policy.decide(document, content);
    if (decision.status !== 'send') return undefined;
    const mapped = mapDocument(document, decision.fingerprint);
    if ('refused' in mapped) throw new Error(mapped.refused);
    return {
      id: document.id,
      bedrock: JSON.stringify(requestDocument(document, budget).wire),
      azure: mapped.documents.map((one) => JSON.stringify({ '@search.action': 'upload', ...one })).join(','),
    };
  };
}
