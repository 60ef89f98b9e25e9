import { recordId18 } from '../../../connectors/salesforce/record-id.ts';
import type { Table, TableColumn } from '../../../core/testing/table.ts';

/** A small company in Salesforce and Snowflake, and how it is published: enough to tell loss, doubles and leaks by. */
export const accountId = (number: number): string =>
  recordId18(`001000000000A${String(number).padStart(2, '0')}`);
export const userId = (number: number): string =>
  recordId18(`005000000000U${String(number).padStart(2, '0')}`);

/** Stands in what no plane may ever be sent: fields that are not listed, and records with readers of their own. */
export const forbidden = 'vermilion';
/** Stands in what one plane accepts and the other does not. */
export const confidential = 'cobalt';

const text = (name: string): TableColumn => ({ name, type: 'text', nullable: true });
const reference = (name: string, refersTo: string): TableColumn => ({
  name,
  type: 'reference',
  refersTo,
  nullable: true,
});
const object = (name: string, columns: readonly TableColumn[], rows: Table['rows']): Table => ({
  name,
  key: ['Id'],
  columns: [
    { name: 'Id', type: 'id' },
    ...columns,
    { name: 'CreatedDate', type: 'timestamp' },
    { name: 'LastModifiedDate', type: 'timestamp' },
    { name: 'SystemModstamp', type: 'timestamp' },
  ],
  rows,
});
const accounts = [1, 2, 3, 4, 5, 6];

export const salesforceTables: readonly Table[] = [
  object(
    'Account',
    [text('Name'), text('Industry'), text('Phone'), reference('OwnerId', 'User')],
    accounts.map((number) => ({
      Id: accountId(number),
      Name: `Customer ${number}`,
      Industry: 'Energy',
      Phone: `${forbidden} ${number}`,
      OwnerId: userId(1 + (number % 2)),
    })),
  ),
  object(
    'User',
    [text('Name'), text('Email')],
    [1, 2].map((number) => ({
      Id: userId(number),
      Name: `Owner ${number}`,
      Email: `${forbidden}@acme.example`,
    })),
  ),
  object(
    'Contact',
    [text('LastName'), reference('AccountId', 'Account')],
    accounts.map((number) => ({
      Id: recordId18(`003000000000C${String(number).padStart(2, '0')}`),
      LastName: `Person ${number}`,
      AccountId: accountId(number),
    })),
  ),
  object(
    'Case',
    [text('Subject'), reference('AccountId', 'Account')],
    [1, 2, 3].map((number) => ({
      Id: recordId18(`500000000000K${String(number).padStart(2, '0')}`),
      Subject: `${confidential} ${number}`,
      AccountId: accountId(number),
    })),
  ),
  object(
    'Escalation__c',
    [text('Name'), reference('Account__c', 'Account')],
    [{ Id: recordId18('a00000000000E01'), Name: `${forbidden} note`, Account__c: accountId(1) }],
  ),
];

export const usageTable = 'ANALYTICS.MART.USAGE';
export const invoicesTable = 'ANALYTICS.MART.INVOICES';

export const snowflakeTables = (now: string): readonly Table[] => [
  {
    name: usageTable,
    key: ['ACCOUNT_ID', 'MONTH'],
    columns: [
      text('ACCOUNT_ID'),
      text('MONTH'),
      { name: 'CALLS', type: 'integer' },
      { name: 'UPDATED_AT', type: 'timestamp' },
    ],
    rows: accounts.map((number) => ({
      ACCOUNT_ID: accountId(number).slice(0, 15),
      MONTH: '2026-01',
      CALLS: number,
      UPDATED_AT: now,
    })),
  },
  {
    name: invoicesTable,
    key: ['INVOICE_ID'],
    columns: [text('INVOICE_ID'), text('ACCOUNT_ID'), { name: 'AMOUNT', type: 'integer' }],
    rows: accounts.map((number) => ({
      INVOICE_ID: `INV-${number}`,
      ACCOUNT_ID: accountId(number).slice(0, 15),
      AMOUNT: number * 10,
    })),
  },
];

export const companyYaml = `
namespace: acme
catalog: { path: catalog.sqlite }
sources:
  salesforce:
    type: salesforce
    loginUrl: \${SALESFORCE_LOGIN_URL}
    auth: { clientId: '\${SALESFORCE_CLIENT_ID}', clientSecret: '\${SALESFORCE_CLIENT_SECRET}' }
    lag: 1s
    lookback: 30s
    pageSize: 3
    streams:
      Account: { fields: [Id, Name, Industry, OwnerId] }
      User: { fields: [Id, Name] }
      Contact: { fields: [Id, LastName, AccountId] }
      Case: { fields: [Id, Subject, AccountId], classification: confidential }
      Escalation__c: { fields: [Id, Name, Account__c], access: { allow: ['group:support'] } }
  snowflake:
    type: snowflake
    account: \${SNOWFLAKE_ACCOUNT}
    accessUrl: \${SNOWFLAKE_ACCESS_URL}
    user: \${SNOWFLAKE_USER}
    role: \${SNOWFLAKE_ROLE}
    warehouse: \${SNOWFLAKE_WAREHOUSE}
    database: ANALYTICS
    schema: MART
    auth: { token: '\${SNOWFLAKE_TOKEN}' }
    lag: 1s
    lookback: 30s
    pageSize: 4
    streams:
      usage: { table: USAGE, key: [ACCOUNT_ID, MONTH], cursor: UPDATED_AT, fields: [ACCOUNT_ID, MONTH, CALLS], reconcile: 1s }
      invoices: { table: INVOICES, key: [INVOICE_ID], changes: changes, fields: [INVOICE_ID, ACCOUNT_ID, AMOUNT] }
destinations:
  bedrock:
    type: bedrock-knowledge-base
    plane: stateful
    region: \${AWS_REGION}
    knowledgeBaseId: \${BEDROCK_KNOWLEDGE_BASE_ID}
    dataSourceId: \${BEDROCK_DATA_SOURCE_ID}
    endpoint: \${BEDROCK_ENDPOINT}
    runtimeEndpoint: \${BEDROCK_RUNTIME_ENDPOINT}
    batchSize: 3
    requestsPerSecond: 100
    doubtWindow: 400ms
  azure:
    type: azure-ai-search
    plane: stateless
    accepts: internal
    endpoint: \${AZURE_SEARCH_ENDPOINT}
    apiKey: \${AZURE_SEARCH_API_KEY}
    index: acme
    chunks: { maxCharacters: 200, overlap: 0 }
    batch: { maxDocuments: 4, requestsPerSecond: 100 }
kinds:
  account:
    from: salesforce.Account
    with:
      owner: { from: salesforce.User, on: { parent: OwnerId, part: Id }, one: true }
      contacts: { from: salesforce.Contact, on: { parent: Id, part: AccountId }, order: LastName, limit: 4 }
      usage:
        from: snowflake.usage
        on: { parent: { field: Id, as: salesforceId }, part: { field: ACCOUNT_ID, as: salesforceId } }
        order: MONTH desc
        limit: 3
      invoices:
        from: snowflake.invoices
        on: { parent: { field: Id, as: salesforceId }, part: { field: ACCOUNT_ID, as: salesforceId } }
        order: INVOICE_ID
        limit: 3
      escalations: { from: salesforce.Escalation__c, on: { parent: Id, part: Account__c } }
    title: '{{Name}}'
    body: |
      # {{Name}}

      {{Name}} is looked after by {{owner.Name}}.

      {{#if contacts}}
      ## Contacts of {{Name}}

      {{#each contacts}}
      - {{LastName}} works at {{../Name}}
      {{/each}}

      {{/if}}
      {{#if usage}}
      ## Usage of {{Name}}

      {{#each usage}}
      - {{../Name}} made {{CALLS}} calls in {{MONTH}}
      {{/each}}

      {{/if}}
      {{#if invoices}}
      ## Invoices of {{Name}}

      {{#each invoices}}
      - Invoice {{INVOICE_ID}} to {{../Name}} says {{AMOUNT}}
      {{/each}}

      {{/if}}
      {{#each escalations}}
      - {{Name}}
      {{/each}}
    metadata: { industry: Industry }
    access: { everyone: the company is invented }
  case:
    from: salesforce.Case
    with:
      account: { from: salesforce.Account, on: { parent: AccountId, part: Id }, one: true }
    title: '{{Subject}}'
    body: '{{Subject}}, opened by {{default account.Name "nobody"}}.'
    access: { everyone: the company is invented }
pipelines:
  all: { kinds: [account, case], destinations: [bedrock, azure] }
`;
