import { z } from 'zod';
import { duration, endpoint, secret } from '../../core/config/fields.ts';
import { reservedFields } from './fields.ts';
import { vectorConfig } from './vector-config.ts';

const metadataField = z.strictObject({
  type: z
    .enum(['string', 'number', 'boolean', 'instant', 'list'])
    .default('string')
    .describe('How the value is kept: text, double, boolean, date and time in UTC, or list of texts.'),
  filterable: z.boolean().default(true).describe('Queries may filter by it.'),
  facetable: z.boolean().default(false).describe('Queries may count its values.'),
  sortable: z.boolean().default(false).describe('Queries may sort by it; not for lists.'),
});

/** https://learn.microsoft.com/rest/api/searchservice/naming-rules */
const indexName = z
  .string()
  .min(2)
  .max(128)
  .regex(
    /^[a-z0-9][a-z0-9_-]*[a-z0-9]$/,
    'may hold lower-case letters, digits, - and _, and starts and ends with a letter or digit',
  )
  .refine((name) => !/[-_]{2}/.test(name), 'may not hold two dashes or underscores in a row');

const knowledgeName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,126}[a-z0-9]$/, 'may hold lower-case letters, digits and -, 2 to 128 of them');

const metadataFields = z
  .record(
    z
      .string()
      .max(128)
      .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'starts with a letter and holds letters, digits and _')
      .refine((name) => !/^azureSearch/i.test(name), 'may not begin with azureSearch')
      .refine(
        (name) => !reservedFields.has(name.toLowerCase()),
        'is a field that every document has already',
      ),
    metadataField.refine((field) => !(field.sortable && field.type === 'list'), 'a list cannot be sortable'),
  )
  .refine(
    (fields) =>
      new Set(Object.keys(fields).map((name) => name.toLowerCase())).size === Object.keys(fields).length,
    'holds two fields whose names differ in case only',
  );

const batch = z.strictObject({
  maxDocuments: z.int().min(1).max(1000).default(1000).describe('Documents in one request.'),
  maxBytes: z.int().min(1024).max(15_000_000).default(12_000_000).describe('Bytes of one request.'),
  maxDocumentBytes: z
    .int()
    .min(1024)
    .max(15_000_000)
    .default(4_000_000)
    .describe('Bytes of one document; a larger one is quarantined.'),
  maxInFlight: z.int().min(1).max(64).default(4).describe('Requests under way at once.'),
  requestsPerSecond: z.number().positive().max(1000).default(20),
});

const chunks = z
  .strictObject({
    maxCharacters: z
      .int()
      .min(200)
      .max(30_000)
      .default(2000)
      .describe('Characters of one passage. A document that is not longer stays whole.'),
    overlap: z
      .int()
      .min(0)
      .default(200)
      .describe('Characters that a passage may repeat from the end of the one before.'),
  })
  .refine(({ maxCharacters, overlap }) => overlap <= maxCharacters / 2, {
    path: ['overlap'],
    error: 'may be at most half of maxCharacters',
  });

const freshness = z.strictObject({
  within: duration()
    .prefault('90d')
    .describe('How long a change counts as fresh; the boost falls evenly to nothing.'),
  boost: z.number().gt(1).max(100).default(2).describe('Factor of the score of what changed just now.'),
});

const languages = z.strictObject({
  field: z
    .string()
    .min(1)
    .default('language')
    .describe('The metadata that names the language of a document, such as de.'),
  analyzers: z
    .record(
      z.string().regex(/^[a-z]{2,3}$/, 'is a language code such as de'),
      z.string().min(1).describe('An analyzer such as de.microsoft.'),
    )
    .refine((analyzers) => Object.keys(analyzers).length > 0, 'names no language')
    .describe('Documents of these languages are found by their own analyzer as well.'),
});

const knowledge = z.strictObject({
  source: knowledgeName.describe('Name of the knowledge source over the index.'),
  base: knowledgeName.optional().describe('Name of a knowledge base that asks it.'),
  description: z
    .string()
    .min(1)
    .max(1000)
    .default('Business context of customers, contracts and their use, published by Tributary.')
    .describe('Tells an agent when to ask.'),
});

const capacity = z.strictObject({
  warnAtPercent: z
    .int()
    .min(1)
    .max(100)
    .default(70)
    .describe('A used-up share of a limit that is told in the log.'),
  stopAtPercent: z
    .int()
    .min(1)
    .max(100)
    .default(90)
    .describe('A used-up share at which nothing more is written.'),
  everyDocuments: z
    .int()
    .min(1)
    .default(1000)
    .describe('The limits are looked at once for so many written search documents.'),
});

/** https://learn.microsoft.com/azure/ai-services/openai/concepts/models : 8,191 tokens, at worst one a character. */
const maxEmbedded = 8000;

/** What a person may set below `destinations.<name>` for an Azure AI Search index. */
export const configSchema = z
  .strictObject({
    endpoint: endpoint().describe(
      'Address of the search service, such as https://my-search.search.windows.net.',
    ),
    apiKey: secret()
      .optional()
      .describe(
        'Admin key. Without it, the identity of the machine or the signed-in person is used (Microsoft Entra).',
      ),
    index: indexName.describe(
      'Name of the index. It is created when it is missing, and belongs to this installation.',
    ),
    analyzer: z
      .string()
      .min(1)
      .default('standard.lucene')
      .describe('Language analyzer of title and content, such as en.microsoft.'),
    semanticConfiguration: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,127}$/)
      .optional()
      .describe('Name of a semantic configuration over title and content, for agents and semantic ranking.'),
    metadata: z
      .strictObject({ fields: metadataFields.default({}) })
      .prefault({})
      .describe('Metadata that gets a field of its own; all other metadata stays together as JSON.'),
    chunks: chunks
      .optional()
      .describe(
        'Cuts documents into passages at headings, paragraphs and lines. Without it, a document stays whole.',
      ),
    vector: vectorConfig
      .optional()
      .describe('Keeps a vector of each passage, and finds passages by words and by nearness together.'),
    languages: languages.optional().describe('Language analyzers beside the common one.'),
    freshness: freshness.optional().describe('Ranks what changed lately higher, in searches by words.'),
    alias: indexName
      .optional()
      .describe(
        'Name that applications ask in place of the index. Created when it is missing; moved by a hand-over alone.',
      ),
    knowledge: knowledge
      .optional()
      .describe('Lets agents use the index at once: created when missing. Needs semanticConfiguration.'),
    requestTimeout: duration()
      .prefault('60s')
      .describe('How long one request may take before its outcome counts as unknown.'),
    capacity: capacity
      .prefault({})
      .describe('Watches the limits of the search service: documents, storage, vector memory.'),
    batch: batch.prefault({}).describe('Upper bounds of what is sent; the pace adapts below them.'),
  })
  .refine(
    ({ vector, chunks: cut }) => vector === undefined || (cut?.maxCharacters ?? Infinity) <= maxEmbedded,
    {
      path: ['vector'],
      error: `needs chunks of at most ${maxEmbedded} characters: an embedding model reads no more`,
    },
  )
  .refine(({ knowledge: asked, semanticConfiguration }) => !asked || semanticConfiguration !== undefined, {
    path: ['knowledge'],
    error: 'needs semanticConfiguration: a knowledge source ranks by meaning',
  })
  .refine(
    ({ languages: spoken, metadata }) =>
      !Object.keys(metadata.fields).some(
        (name) =>
          spoken && Object.hasOwn(spoken.analyzers, /^content_(.+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''),
      ),
    { path: ['languages'], error: 'need a field with the name of a metadata field' },
  )
  .refine(({ alias, index }) => alias !== index, { path: ['alias'], error: 'must differ from index' });

export type AzureAiSearchConfig = z.infer<typeof configSchema>;
