import type { SearchIndexKnowledgeSource } from '@azure/search-documents';
import type { Context } from '../../core/contract/context.ts';
import type { PlanStep } from '../../core/contract/destination.ts';
import type { AzureAiSearchConfig } from './config.ts';
import type { AzureServiceClient } from './service-client.ts';

/** What leads applications and agents to the index: an alias, a knowledge source, a knowledge base. */
export interface ServingPlanner {
  /** Nothing that serves another index is moved here: that is a hand-over (`activate`). */
  steps(): Promise<readonly PlanStep[]>;
  /** Creates what is missing. */
  apply(): Promise<void>;
}

/** What a knowledge source says of the index: https://learn.microsoft.com/azure/search/agentic-knowledge-source-how-to-search-index */
export function knowledgeSourceOf(
  config: AzureAiSearchConfig,
  knowledge: NonNullable<AzureAiSearchConfig['knowledge']>,
  index: string,
): SearchIndexKnowledgeSource {
  return {
    name: knowledge.source,
    kind: 'searchIndex',
    description: knowledge.description,
    searchIndexParameters: {
      searchIndexName: index,
      sourceDataFields: citedFields.map((name) => ({ name })),
      ...(config.semanticConfiguration === undefined
        ? {}
        : { semanticConfigurationName: config.semanticConfiguration }),
    },
  };
}

const citedFields = ['doc_id', 'title', 'content', 'source', 'kind', 'version', 'modified_at'];

export function createServingPlanner(
  config: AzureAiSearchConfig,
  service: AzureServiceClient,
  { log }: Pick<Context, 'log'>,
  /** False for an index that stands beside the one of the configuration: it is led to only when it is activated. */
  creates: boolean,
): ServingPlanner {
  const { alias, knowledge, index } = config;

  const inspect = async () => {
    const served = alias === undefined ? undefined : await service.getAlias(alias);
    const source = knowledge === undefined ? undefined : await service.getKnowledgeSource(knowledge.source);
    const base = knowledge?.base === undefined ? undefined : await service.getKnowledgeBase(knowledge.base);
    return { served, sourced: source?.value.searchIndexParameters.searchIndexName, base };
  };
  const leads = (what: string, to: string | undefined): PlanStep => {
    if (to === undefined) return { action: 'create', what, detail: `leads to the index ${index}` };
    return {
      action: 'none',
      what,
      detail:
        to === index ? `leads to the index ${to}` : `leads to the index ${to} until the slot is activated`,
    };
  };

  return {
    async steps() {
      if (!creates || (alias === undefined && knowledge === undefined)) return [];
      const { served, sourced, base } = await inspect();
      const steps: PlanStep[] = [];
      if (alias !== undefined) steps.push(leads(`alias ${alias}`, served));
      if (knowledge === undefined) return steps;
      steps.push(leads(`knowledge source ${knowledge.source}`, sourced));
      if (knowledge.base === undefined) return steps;
      const what = `knowledge base ${knowledge.base}`;
      const named = base?.includes(knowledge.source) ?? false;
      steps.push(
        base === undefined
          ? { action: 'create', what, detail: `asks the knowledge source ${knowledge.source}` }
          : {
              action: 'none',
              what,
              detail: named
                ? `asks the knowledge source ${knowledge.source}`
                : `does not ask ${knowledge.source}: add it there, since a base of others is left alone`,
            },
      );
      return steps;
    },
    async apply() {
      if (!creates || (alias === undefined && knowledge === undefined)) return;
      const { served, sourced, base } = await inspect();
      if (alias !== undefined && served === undefined) {
        await service.putAlias(alias, index);
        log.info('Created the alias.', { alias, index });
      }
      if (knowledge === undefined) return;
      const target = served ?? index;
      if (sourced === undefined) {
        await service.putKnowledgeSource(knowledgeSourceOf(config, knowledge, target), undefined);
        log.info('Created the knowledge source.', { source: knowledge.source, index: target });
      }
      if (knowledge.base !== undefined && base === undefined) {
        await service.createKnowledgeBase(knowledge.base, knowledge.source, knowledge.description);
        log.info('Created the knowledge base.', { base: knowledge.base });
      }
    },
  };
}
