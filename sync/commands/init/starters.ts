import type { FieldDescription, StreamDescription } from '../../../core/contract/source.ts';

export interface EnvironmentVariable {
  readonly name: string;
  readonly comment: string;
  readonly example?: string;
}
/** What `init` writes for a connector, below `type:` and above `streams:`. */
interface Starter {
  /** The name under `sources:` or `destinations:`. */
  readonly name: string;
  /** Lines of YAML with comments, as they stand two levels below the section. */
  readonly settings: (env: Readonly<Record<string, string | undefined>>) => readonly string[];
  readonly environment: readonly EnvironmentVariable[];
}
export interface SourceStarter extends Starter {
  /** Streams that are looked at unless others are asked for; absent: all that the credentials see. */
  readonly streams?: readonly string[];
  /** What is written while nothing could be asked. */
  readonly examples: readonly StreamDescription[];
  /** Streams that say something about others, and are no kinds of their own. */
  readonly helpers: readonly string[];
  /** Fields that are nobody's knowledge: stamps, flags and what is no text. */
  omits(field: FieldDescription): boolean;
  /** The connector's own settings of a stream; undefined when a person has to say more. */
  streamSettings(stream: StreamDescription): readonly string[] | undefined;
  /** How keys of this source are made comparable with the columns of another. */
  readonly keysAs?: 'salesforceId';
}
export interface DestinationStarter extends Starter {
  readonly plane: 'stateful' | 'stateless';
}

const field = (name: string, type: string, label: string, more: Partial<FieldDescription> = {}) => ({
  name,
  type,
  label,
  ...more,
});
const object = (name: string, fields: readonly FieldDescription[]): StreamDescription => ({
  name,
  key: ['Id'],
  cursors: ['SystemModstamp'],
  fields: [field('Id', 'id', `${name} ID`), ...fields],
});
const reference = (name: string, ...refersTo: string[]) => field(name, 'reference', name, { refersTo });

const salesforce: SourceStarter = {
  name: 'salesforce',
  settings: () => [
    '# Your My Domain (https://acme.my.salesforce.com); links in documents lead there.',
    'loginUrl: ${SALESFORCE_LOGIN_URL}',
    '# An External Client App with the client-credentials flow and a read-only integration user.',
    '# For the JWT bearer flow: clientId, username and privateKey instead.',
    'auth:',
    '  clientId: ${SALESFORCE_CLIENT_ID}',
    '  clientSecret: ${SALESFORCE_CLIENT_SECRET}',
  ],
  environment: [
    {
      name: 'SALESFORCE_LOGIN_URL',
      comment: 'your My Domain',
      example: 'https://acme.my.salesforce.com',
    },
    { name: 'SALESFORCE_CLIENT_ID', comment: 'consumer key of the External Client App' },
    { name: 'SALESFORCE_CLIENT_SECRET', comment: 'consumer secret of the External Client App' },
  ],
  streams: ['Account', 'Contact', 'Opportunity', 'Case', 'User'],
  helpers: ['User', 'Contact'],
  keysAs: 'salesforceId',
  omits: ({ name, type }) =>
    ['address', 'location', 'base64', 'anyType', 'complexvalue', 'encryptedstring'].includes(type) ||
    /__label$|^(IsDeleted|SystemModstamp|LastModified(Date|ById)|CreatedById|LastViewedDate|LastReferencedDate|LastActivityDate|MasterRecordId|PhotoUrl|Jigsaw\w*|CleanStatus|\w*GeocodeAccuracy)$/.test(
      name,
    ),
  streamSettings: () => [],
  examples: [
    object('Account', [
      field('Name', 'string', 'Account Name'),
      field('Industry', 'picklist', 'Industry'),
      field('BillingCountry', 'string', 'Billing Country'),
      field('Website', 'url', 'Website'),
      field('Description', 'textarea', 'Description'),
      reference('OwnerId', 'User'),
    ]),
    object('Contact', [
      field('Name', 'string', 'Name'),
      field('Title', 'string', 'Title'),
      reference('AccountId', 'Account'),
    ]),
    object('Opportunity', [
      field('Name', 'string', 'Name'),
      field('StageName', 'picklist', 'Stage'),
      field('Amount', 'currency', 'Amount'),
      field('CloseDate', 'date', 'Close Date'),
      field('NextStep', 'string', 'Next Step'),
      reference('AccountId', 'Account'),
      reference('OwnerId', 'User'),
    ]),
    object('Case', [
      field('Subject', 'string', 'Subject'),
      field('Description', 'textarea', 'Description'),
      field('Status', 'picklist', 'Status'),
      field('Priority', 'picklist', 'Priority'),
      field('CreatedDate', 'datetime', 'Opened'),
      reference('AccountId', 'Account'),
    ]),
    object('User', [field('Name', 'string', 'Name'), field('Title', 'string', 'Title')]),
  ],
};

const snowflake: SourceStarter = {
  name: 'snowflake',
  settings: (env) => [
    'account: ${SNOWFLAKE_ACCOUNT}',
    '# Only where the address does not follow from the account, for example behind a private link.',
    'accessUrl: ${SNOWFLAKE_ACCESS_URL:-}',
    '# A service user. Documents hold what this role may see: grant it SELECT on these tables alone.',
    'user: ${SNOWFLAKE_USER}',
    'role: ${SNOWFLAKE_ROLE}',
    'warehouse: ${SNOWFLAKE_WAREHOUSE}',
    'database: ${SNOWFLAKE_DATABASE}',
    'schema: ${SNOWFLAKE_SCHEMA:-PUBLIC}',
    'auth:',
    ...(env['SNOWFLAKE_TOKEN'] && !env['SNOWFLAKE_PRIVATE_KEY']
      ? [
          '  # A programmatic access token; `privateKey` takes the private key of a key pair.',
          '  token: ${SNOWFLAKE_TOKEN}',
        ]
      : [
          '  # A key pair in PEM form; `token` takes a programmatic access token.',
          '  privateKey: ${SNOWFLAKE_PRIVATE_KEY}',
        ]),
  ],
  environment: [
    { name: 'SNOWFLAKE_ACCOUNT', comment: 'account identifier', example: 'myorg-myaccount' },
    { name: 'SNOWFLAKE_USER', comment: 'login name of the service user' },
    { name: 'SNOWFLAKE_ROLE', comment: 'role to read with', example: 'TRIBUTARY_READER' },
    { name: 'SNOWFLAKE_WAREHOUSE', comment: 'warehouse that runs the statements', example: 'TRIBUTARY_XS' },
    { name: 'SNOWFLAKE_DATABASE', comment: 'database of the tables', example: 'ANALYTICS' },
    { name: 'SNOWFLAKE_SCHEMA', comment: 'schema of the tables', example: 'PUBLIC' },
    { name: 'SNOWFLAKE_PRIVATE_KEY', comment: 'private key in PEM form; in quotes, line by line' },
  ],
  helpers: [],
  omits: ({ type }) => ['BINARY', 'GEOGRAPHY', 'GEOMETRY', 'VECTOR'].includes(type.toUpperCase()),
  streamSettings(stream) {
    const [cursor] = stream.cursors;
    if (stream.key.length === 0) return undefined;
    return [
      `table: ${stream.name}`,
      `key: [${stream.key.join(', ')}]`,
      ...(cursor === undefined
        ? ['# Without a cursor (a column that grows with every change), each run reads the whole table.']
        : [`cursor: ${cursor}`]),
    ];
  },
  examples: [
    {
      name: 'ANALYTICS.MART.USAGE',
      comment: 'an example: put a table of your own here',
      key: ['ACCOUNT_ID', 'MONTH'],
      cursors: ['UPDATED_AT'],
      fields: [
        field('ACCOUNT_ID', 'TEXT', 'Account'),
        field('MONTH', 'DATE', 'Month'),
        field('ACTIVE_USERS', 'NUMBER', 'Active users'),
      ],
    },
  ],
};

export const sourceStarters: Readonly<Record<string, SourceStarter>> = { salesforce, snowflake };

export const destinationStarters: Readonly<Record<string, DestinationStarter>> = {
  'bedrock-knowledge-base': {
    name: 'bedrock',
    plane: 'stateful',
    settings: () => [
      'region: ${AWS_REGION:-us-east-1}',
      'knowledgeBaseId: ${BEDROCK_KNOWLEDGE_BASE_ID}',
      '# A data source of type CUSTOM in that knowledge base.',
      'dataSourceId: ${BEDROCK_DATA_SOURCE_ID}',
      '# Another knowledge base: `tributary reindex --blue-green` fills it while agents are led to this one.',
      '# slots: [{ knowledgeBaseId: …, dataSourceId: … }]',
      '# Credentials come from the usual chain of AWS (environment, profile, role). Endpoints only for VPC endpoints.',
      'endpoint: ${BEDROCK_ENDPOINT:-}',
      'runtimeEndpoint: ${BEDROCK_RUNTIME_ENDPOINT:-}',
    ],
    environment: [
      { name: 'AWS_REGION', comment: 'region of the knowledge base', example: 'us-east-1' },
      { name: 'BEDROCK_KNOWLEDGE_BASE_ID', comment: 'ten letters and digits' },
      { name: 'BEDROCK_DATA_SOURCE_ID', comment: 'a data source of type CUSTOM; ten letters and digits' },
    ],
  },
  'azure-ai-search': {
    name: 'azure',
    plane: 'stateless',
    settings: () => [
      'endpoint: ${AZURE_SEARCH_ENDPOINT}',
      '# Without a key, the identity of the machine or of the signed-in person is used (Microsoft Entra).',
      'apiKey: ${AZURE_SEARCH_API_KEY:-}',
      '# Created by the first run when it is missing.',
      'index: ${AZURE_SEARCH_INDEX:-knowledge}',
      '# What applications ask in place of the index: `tributary reindex --blue-green` leads them to another one with it.',
      '# alias: agents',
      '# Passages and vectors, so that questions are answered by words and by meaning together:',
      '# chunks: { maxCharacters: 2000 }',
      '# vector: { provider: azure-openai, endpoint: "https://…openai.azure.com", deployment: …, dimensions: 1536 }',
    ],
    environment: [
      {
        name: 'AZURE_SEARCH_ENDPOINT',
        comment: 'address of the search service',
        example: 'https://my-search.search.windows.net',
      },
      { name: 'AZURE_SEARCH_API_KEY', comment: 'admin key; may stay empty with Microsoft Entra' },
    ],
  },
};
