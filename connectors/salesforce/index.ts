import { defineSource } from '../../core/contract/define.ts';
import { salesforceConfig, salesforceStream } from './config.ts';
import type { SalesforceCursor } from './cursor.ts';
import type { SalesforceConfig, SalesforceStreamOptions } from './config.ts';

/** Salesforce objects through the REST API, with the `jsforce` client. */
export const salesforce = defineSource<SalesforceConfig, SalesforceStreamOptions, SalesforceCursor>({
  type: 'salesforce',
  title: 'Salesforce',
  config: salesforceConfig,
  stream: salesforceStream,
  create: async (config, context) => (await import('./source.ts')).createSalesforceSource(config, context),
});
