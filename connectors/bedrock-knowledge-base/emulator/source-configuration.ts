import type { Generation } from './knowledge-base.ts';
import { invalid } from './replies.ts';
import { isFields, list, number, oneOf, text, type Fields } from './validation.ts';

/** The configuration of a data source for documents sent directly. https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-ds-custom.html */
export function checkSourceConfiguration(value: unknown, generation: Generation): Fields {
  if (!isFields(value)) throw invalid('dataSourceConfiguration must not be null');
  const { type, managedKnowledgeBaseConnectorConfiguration: connector } = value;
  if (generation === 'VECTOR') {
    if (type === 'MANAGED_KNOWLEDGE_BASE_CONNECTOR')
      throw invalid('Unsupported data source type for VECTOR knowledge base type');
    oneOf(type, 'dataSourceConfiguration.type', ['CUSTOM', 'S3']);
    if (type === 'S3') checkS3(value['s3Configuration']);
    if (connector !== undefined) throw invalid('dataSourceConfiguration has a member of another type.');
    return value;
  }
  if (type !== 'MANAGED_KNOWLEDGE_BASE_CONNECTOR')
    throw invalid('Unsupported data source type for MANAGED knowledge base type');
  const parameters = isFields(connector) ? connector['connectorParameters'] : undefined;
  if (!isFields(parameters)) throw invalid('connectorParameters must not be null');
  oneOf(parameters['type'], 'connectorParameters.type', ['CUSTOM']);
  oneOf(parameters['version'], 'connectorParameters.version', ['1']);
  if (parameters['aclEnabled'] !== undefined && typeof parameters['aclEnabled'] !== 'boolean')
    throw invalid('connectorParameters.aclEnabled must be a boolean');
  return value;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_S3DataSourceConfiguration.html */
function checkS3(value: unknown): void {
  if (!isFields(value)) throw invalid('s3Configuration must not be null');
  text(
    value['bucketArn'],
    's3Configuration.bucketArn',
    1,
    2048,
    /^arn:aws(|-cn|-us-gov):s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  );
  if (value['inclusionPrefixes'] === undefined) return;
  for (const prefix of list(value['inclusionPrefixes'], 's3Configuration.inclusionPrefixes', 1, 1))
    text(prefix, 's3Configuration.inclusionPrefixes', 1, 300);
}

const settings = {
  NONE: undefined,
  FIXED_SIZE: 'fixedSizeChunkingConfiguration',
  HIERARCHICAL: 'hierarchicalChunkingConfiguration',
  SEMANTIC: 'semanticChunkingConfiguration',
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ChunkingConfiguration.html */
export function checkIngestion(value: unknown, generation: Generation): Fields | undefined {
  if (value === undefined) return undefined;
  if (!isFields(value)) throw invalid('vectorIngestionConfiguration must not be null');
  checkParsing(value['parsingConfiguration'], generation);
  const chunking = value['chunkingConfiguration'];
  if (chunking === undefined) return value;
  const at = 'vectorIngestionConfiguration.chunkingConfiguration';
  if (!isFields(chunking)) throw invalid(`${at} must not be null`);
  const strategy = oneOf(chunking['chunkingStrategy'], `${at}.chunkingStrategy`, Object.keys(settings));
  const name = settings[strategy as keyof typeof settings];
  for (const other of Object.values(settings))
    if (other !== undefined && other !== name && chunking[other] !== undefined)
      throw invalid(`${at}.${other} belongs to another strategy.`);
  if (name === undefined) return value;
  const given = chunking[name];
  if (!isFields(given)) throw invalid(`${at}.${name} must not be null`);
  if (strategy === 'FIXED_SIZE') {
    number(given['maxTokens'], `${at}.maxTokens`, 1, 8192);
    number(given['overlapPercentage'], `${at}.overlapPercentage`, 1, 99);
  } else if (strategy === 'SEMANTIC') {
    number(given['maxTokens'], `${at}.maxTokens`, 1, 8192);
    number(given['bufferSize'], `${at}.bufferSize`, 0, 1);
    number(given['breakpointPercentileThreshold'], `${at}.breakpointPercentileThreshold`, 50, 99);
  } else {
    for (const level of list(given['levelConfigurations'], `${at}.levelConfigurations`, 2, 2))
      number(
        isFields(level) ? level['maxTokens'] : undefined,
        `${at}.levelConfigurations.maxTokens`,
        1,
        8192,
      );
    number(given['overlapTokens'], `${at}.overlapTokens`, 1, Infinity);
  }
  return value;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ParsingConfiguration.html, https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-customize-ingestion.html */
function checkParsing(value: unknown, generation: Generation): void {
  if (value === undefined) return;
  const at = 'vectorIngestionConfiguration.parsingConfiguration';
  if (!isFields(value)) throw invalid(`${at} must not be null`);
  const strategy = oneOf(
    value['parsingStrategy'],
    `${at}.parsingStrategy`,
    generation === 'MANAGED' ? ['SMART_PARSING'] : ['BEDROCK_FOUNDATION_MODEL', 'BEDROCK_DATA_AUTOMATION'],
  );
  const model = value['bedrockFoundationModelConfiguration'];
  if (strategy !== 'BEDROCK_FOUNDATION_MODEL') {
    if (model !== undefined) throw invalid(`${at} has a member of another strategy.`);
    return;
  }
  if (!isFields(model)) throw invalid(`${at}.bedrockFoundationModelConfiguration must not be null`);
  text(model['modelArn'], `${at}.modelArn`, 1, 2048, /^arn:aws[a-z-]*:bedrock:/);
  if (model['parsingModality'] !== undefined)
    oneOf(model['parsingModality'], `${at}.parsingModality`, ['MULTIMODAL']);
  if (model['parsingPrompt'] === undefined) return;
  const prompt = isFields(model['parsingPrompt']) ? model['parsingPrompt']['parsingPromptText'] : undefined;
  text(prompt, `${at}.parsingPrompt.parsingPromptText`, 1, 10_000);
}
