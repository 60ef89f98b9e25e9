import type { DataSource, KnowledgeBase } from '@aws-sdk/client-bedrock-agent';
import type { BedrockConfig } from './config.ts';
import { budgetProblem } from './metadata-budget.ts';

/** One that is being created is waited for. */
export const readyStatuses = ['AVAILABLE', 'UPDATING', 'CREATING'];

export type Refuse = (code: string, message: string, hint: string) => never;

export function checkBase(base: KnowledgeBase, config: BedrockConfig, refuse: Refuse): void {
  const type = base.knowledgeBaseConfiguration?.type;
  const wanted = config.knowledgeBaseType;
  const hint =
    type === 'MANAGED' || type === 'VECTOR'
      ? `Set knowledgeBaseType: ${type}, or give the id of a knowledge base of type ${wanted}.`
      : `Give the id of a knowledge base of type ${wanted}.`;
  if (type !== wanted)
    refuse(
      'BEDROCK_WRONG_TYPE',
      `Knowledge base ${base.knowledgeBaseId} is of type ${type}; this destination is set to write to ${wanted} knowledge bases.`,
      hint,
    );
  if (base.status !== 'ACTIVE' && base.status !== 'UPDATING')
    refuse(
      'BEDROCK_NOT_AVAILABLE',
      `Knowledge base ${base.knowledgeBaseId} is ${base.status}, not ACTIVE.`,
      'Wait until it is ACTIVE, or repair it in the AWS console.',
    );
  const problem = budgetProblem(base, config);
  if (problem) refuse('BEDROCK_METADATA_BUDGET', problem.message, problem.hint);
}

/** One that is being created passes: it is waited for. */
export function checkSource(source: DataSource, config: BedrockConfig, refuse: Refuse): void {
  const { type } = source.dataSourceConfiguration ?? {};
  const wanted = config.knowledgeBaseType === 'MANAGED' ? 'MANAGED_KNOWLEDGE_BASE_CONNECTOR' : 'CUSTOM';
  const connector = connectorParameters(source);
  if (type !== wanted || (connector['type'] ?? 'CUSTOM') !== 'CUSTOM')
    refuse(
      'BEDROCK_WRONG_TYPE',
      `Data source ${source.dataSourceId} is of type ${type}${connector['type'] === undefined ? '' : ` (${String(connector['type'])})`}; documents are written to CUSTOM data sources.`,
      'Create a data source of type CUSTOM in the knowledge base and give its id as dataSourceId.',
    );
  const lists = connector['aclEnabled'] === true;
  if (lists !== (config.accessControlList !== undefined))
    refuse(
      'BEDROCK_ACCESS_LISTS',
      lists
        ? `Data source ${source.dataSourceId} keeps an access list for each document, and accessControlList is not set: nobody would find anything.`
        : `accessControlList is set, and data source ${source.dataSourceId} keeps no access lists.`,
      lists
        ? 'Set accessControlList, with the users behind each group, or use a data source without access lists.'
        : 'Create the data source with aclEnabled, or leave accessControlList out: access then stands in the metadata alone.',
    );
  if (!readyStatuses.includes(source.status ?? ''))
    refuse(
      'BEDROCK_NOT_AVAILABLE',
      `Data source ${source.dataSourceId} is ${source.status}, not AVAILABLE.${reasonsOf(source)}`,
      'Wait until it is AVAILABLE, or repair it in the AWS console.',
    );
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-ds-custom.html */
function connectorParameters(source: DataSource): Readonly<Record<string, unknown>> {
  const given =
    source.dataSourceConfiguration?.managedKnowledgeBaseConnectorConfiguration?.connectorParameters;
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
}

const reasonsOf = ({ failureReasons }: DataSource): string =>
  failureReasons === undefined || failureReasons.length === 0 ? '' : ` ${failureReasons.join(' ')}`;
