import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import type { StoredDocument } from './document-validation.ts';
import { isVectorType } from './index-definition.ts';
import type { KnowledgeStore } from './knowledge.ts';
import { Refusal } from './refusal.ts';
import { searchDocuments } from './search-documents.ts';
import type { IndexRegistry } from './search-index.ts';
import { vectorizerOf } from './vector-search.ts';

interface SourceParams {
  readonly knowledgeSourceName: string;
  readonly filterAddOn?: string;
  readonly includeReferenceSourceData?: boolean;
  readonly rerankerThreshold?: number;
}

const mostReferences = 50;

/** https://learn.microsoft.com/azure/search/agentic-retrieval-how-to-retrieve : every source asked by meaning, no answer written. */
export async function retrieveKnowledge(
  body: unknown,
  name: string,
  parts: { readonly knowledge: KnowledgeStore; readonly registry: IndexRegistry; readonly now: () => number },
): Promise<LoopbackReply> {
  const { knowledge, registry, now } = parts;
  const base = knowledge.bases.get(name)?.value;
  if (!base) throw new Refusal(404, 'ResourceNotFound', `The knowledge base '${name}' was not found.`);
  const { intents, knowledgeSourceParams = [] } = body as {
    intents?: readonly { type?: string; search?: string }[];
    knowledgeSourceParams?: readonly SourceParams[];
  };
  const question = intents?.find((one) => one.type === 'semantic')?.search;
  if (!question)
    throw new Refusal(400, 'InvalidRequestParameter', 'At least one intent of the type semantic is needed.');
  const passages: object[] = [];
  const references: object[] = [];
  const activity: object[] = [];
  for (const { name: sourceName } of base.knowledgeSources) {
    const { searchIndexParameters } = knowledge.sources.get(sourceName)!.value;
    const { searchIndexName, semanticConfigurationName, sourceDataFields } = searchIndexParameters;
    const index = registry.find(searchIndexName);
    const { definition, store, fullText } = index;
    const asked = knowledgeSourceParams.find((one) => one.knowledgeSourceName === sourceName);
    const vectors = definition.fields.filter(
      (field) => isVectorType(field.type) && vectorizerOf(definition, field),
    );
    const answer = await searchDocuments(
      {
        search: question,
        queryType: 'semantic',
        ...(semanticConfigurationName ? { semanticConfiguration: semanticConfigurationName } : {}),
        ...(asked?.filterAddOn ? { filter: asked.filterAddOn } : {}),
        ...(vectors.length > 0
          ? {
              vectorQueries: vectors.map((field) => ({
                kind: 'text',
                text: question,
                fields: field.name,
                k: 50,
              })),
            }
          : {}),
        top: mostReferences,
      },
      definition,
      store,
      fullText,
      '',
      { semanticRanker: true, now: now() },
    );
    const key = definition.fields.find((field) => field.key)!.name;
    const hits = (answer.body as { value: StoredDocument[] }).value.filter(
      (hit) => Number(hit['@search.rerankerScore']) >= (asked?.rerankerThreshold ?? 0),
    );
    for (const hit of hits) {
      const data = Object.fromEntries(sourceDataFields.map((field) => [field.name, hit[field.name]]));
      references.push({
        type: 'searchIndex',
        id: String(references.length),
        activitySource: activity.length,
        sourceData: asked?.includeReferenceSourceData ? data : null,
        rerankerScore: hit['@search.rerankerScore'],
        docKey: hit[key],
        title: hit['title'] ?? null,
      });
      passages.push({ ref_id: passages.length, title: hit['title'], content: hit['content'] });
    }
    activity.push({
      type: 'searchIndex',
      id: activity.length,
      knowledgeSourceName: sourceName,
      queryTime: new Date(now()).toISOString(),
      count: hits.length,
      elapsedMs: 1,
      searchIndexArguments: {
        search: question,
        filter: asked?.filterAddOn ?? null,
        sourceDataFields,
        searchFields: searchIndexParameters.searchFields,
        semanticConfigurationName,
      },
    });
  }
  activity.push({
    type: 'agenticReasoning',
    id: activity.length,
    retrievalReasoningEffort: { kind: 'minimal' },
    reasoningTokens: 0,
  });
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: {
      response: [{ content: [{ type: 'text', text: JSON.stringify(passages) }] }],
      activity,
      references,
    },
  };
}
