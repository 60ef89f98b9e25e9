import { isFields, type Fields } from './validation.ts';

export type Generation = 'VECTOR' | 'MANAGED';

/** What `type` of the knowledge base says; a test may change it while the emulator runs. */
export function generationOf(knowledgeBase: Fields): Generation {
  const configuration = knowledgeBase['knowledgeBaseConfiguration'];
  return isFields(configuration) && configuration['type'] === 'MANAGED' ? 'MANAGED' : 'VECTOR';
}

/** Whether documents of a data source carry access control lists: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-ds-custom.html */
export function hasAccessLists(dataSource: Fields): boolean {
  const configuration = dataSource['dataSourceConfiguration'];
  const connector = isFields(configuration)
    ? configuration['managedKnowledgeBaseConnectorConfiguration']
    : undefined;
  const parameters = isFields(connector) ? connector['connectorParameters'] : undefined;
  return isFields(parameters) && parameters['aclEnabled'] === true;
}
