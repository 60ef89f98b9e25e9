import type { KnowledgeBaseRetrievalResult } from '@aws-sdk/client-bedrock-agent-runtime';
import type { MetadataValue } from '../../core/contract/document.ts';
import { bedrockFilterValues } from '../../core/retrieval/bedrock-filter.ts';
import type { RetrievedPassage } from '../../core/retrieval/passage.ts';

/** Published for the document itself; everything else was declared by its kind. */
const own = new Set([
  'doc_id',
  'access',
  'classification',
  'trust',
  'kind',
  'version',
  'source',
  'title',
  'modified_at',
  'modified_at_epoch',
  'origin_system',
  'origin_stream',
  'origin_key',
]);
/** What the service adds: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-test-config.html */
const ofTheService = /^(_|x-amz-bedrock)/;

export const documentIdOf = ({ location, metadata, documentId }: KnowledgeBaseRetrievalResult) => {
  const id = location?.customDocumentLocation?.id ?? metadata?.['doc_id'] ?? documentId;
  return typeof id === 'string' ? id : undefined;
};

/** A result of Retrieve as a passage, its text unaltered. The service does not say which passage of the document it is. */
export function passageOf(id: string, result: KnowledgeBaseRetrievalResult): RetrievedPassage {
  const values = bedrockFilterValues(result.metadata ?? {});
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const epoch = values['modified_at_epoch'];
  const optional = {
    title: text('title'),
    url: text('source'),
    version: text('version'),
    kind: text('kind'),
    classification: text('classification'),
    trust: text('trust'),
    modifiedAt:
      text('modified_at') ?? (typeof epoch === 'number' ? new Date(epoch * 1000).toISOString() : undefined),
  };
  const [system, stream, key] = [text('origin_system'), text('origin_stream'), text('origin_key')];
  const declared = Object.entries(values).filter(([name]) => !own.has(name) && !ofTheService.test(name));
  return {
    id,
    text: result.content?.text ?? '',
    score: result.score ?? 0,
    metadata: Object.fromEntries(declared) as Record<string, MetadataValue>,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...(system === undefined || stream === undefined || key === undefined
      ? {}
      : { origin: { system, stream, key } }),
  };
}
