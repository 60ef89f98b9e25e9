import type { Finding, SuggestedSetting, Survey } from '../../core/contract/survey.ts';
import { describeUsage, percentOf, usagesOf } from './capacity.ts';
import type { AzureAiSearchConfig } from './config.ts';
import type { AzureServiceClient } from './service-client.ts';
import { ServiceError } from './service-error.ts';

/** The room in the search service, and how agents reach what is published. Changes nothing. */
export async function survey(
  config: AzureAiSearchConfig,
  service: Pick<AzureServiceClient, 'serviceStatistics' | 'indexStatistics'>,
): Promise<Survey> {
  return {
    findings: [await room(config, service), ...agents(config)],
    settings: suggested(config),
  };
}

async function room(
  config: AzureAiSearchConfig,
  service: Pick<AzureServiceClient, 'serviceStatistics' | 'indexStatistics'>,
): Promise<Finding> {
  const what = 'room in the search service';
  try {
    const usages = await usagesOf(service);
    const full = usages.some((one) => percentOf(one) >= config.capacity.warnAtPercent);
    return {
      what,
      status: full ? 'advice' : 'fine',
      detail: usages.length === 0 ? 'the tier names no limits' : usages.map(describeUsage).join('; '),
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return { what, status: 'unseen', detail: 'the statistics of the service cannot be read' };
  }
}

/** https://learn.microsoft.com/azure/foundry/agents/how-to/foundry-iq-connect */
function agents({
  endpoint,
  alias,
  index,
  knowledge,
  semanticConfiguration,
}: AzureAiSearchConfig): Finding[] {
  const asked = alias === undefined ? `the index ${index}` : `the alias ${alias}`;
  const what = 'how agents reach it';
  if (knowledge?.base === undefined)
    return [
      {
        what,
        status: 'fine',
        detail: `by queries to ${asked} at ${endpoint}, with the filter on access_allow`,
        ...(semanticConfiguration === undefined
          ? {}
          : { hint: 'knowledge: { source: …, base: … } lets agents of Foundry use it as well' }),
      },
    ];
  return [
    {
      what,
      status: 'fine',
      detail: `agents of Foundry by the knowledge base ${knowledge.base}, also as an MCP server (preview) at ${endpoint.replace(/\/$/, '')}/knowledgebases/${knowledge.base}/mcp; others by queries to ${asked}`,
    },
    {
      what: 'who sees what by the knowledge base',
      status: 'advice',
      detail: `the service knows nothing of access_allow: whoever asks ${knowledge.base} without filterAddOn sees all of the index`,
    },
  ];
}

/** A new index behind the name that applications know can be filled before they are led to it. */
const suggested = ({ alias, index }: AzureAiSearchConfig): readonly SuggestedSetting[] =>
  alias === undefined
    ? [
        {
          line: `alias: ${index}-live`,
          why: 'applications ask it in place of the index, so that another index can take over without a gap',
        },
      ]
    : [];
