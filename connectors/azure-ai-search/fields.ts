import type { SimpleField } from '@azure/search-documents';
import type { AzureAiSearchConfig } from './config.ts';
import { vectorField, vectorProfile } from './vector-index.ts';

/** What makes two layouts of a stored document differ; part of the profile. */
export const layoutVersion = 1;

type Attribute = 'searchable' | 'filterable' | 'sortable' | 'facetable' | 'hidden';

const field = (
  name: string,
  type: SimpleField['type'],
  attributes: readonly Attribute[] = [],
  more: Partial<SimpleField> = {},
): SimpleField => ({
  name,
  type,
  searchable: attributes.includes('searchable'),
  filterable: attributes.includes('filterable'),
  sortable: attributes.includes('sortable'),
  facetable: attributes.includes('facetable'),
  hidden: attributes.includes('hidden'),
  ...more,
});

const principals = 'Collection(Edm.String)';

/** The fields that every document has. A text without a bound is never filterable: its whole value would be one term. */
const commonFields = (analyzerName: string): readonly SimpleField[] => [
  field('key', 'Edm.String', ['filterable', 'sortable'], { key: true }),
  field('doc_id', 'Edm.String', ['filterable', 'sortable']),
  field('chunk', 'Edm.Int32', ['filterable', 'sortable']),
  field('kind', 'Edm.String', ['filterable', 'sortable', 'facetable']),
  field('title', 'Edm.String', ['searchable'], { analyzerName }),
  field('content', 'Edm.String', ['searchable'], { analyzerName }),
  field('source', 'Edm.String'),
  field('version', 'Edm.String', ['filterable']),
  field('fingerprint', 'Edm.String', ['filterable']),
  field('origin_system', 'Edm.String', ['filterable', 'facetable']),
  field('origin_stream', 'Edm.String', ['filterable', 'facetable']),
  field('origin_key', 'Edm.String', ['filterable']),
  field('modified_at', 'Edm.DateTimeOffset', ['filterable', 'sortable']),
  field('modified_at_epoch', 'Edm.Int64', ['filterable', 'sortable']),
  field('parts', 'Edm.String'),
  field('access_everyone', 'Edm.Boolean', ['filterable', 'hidden']),
  field('access_allow', principals, ['filterable', 'hidden']),
  field('access_deny', principals, ['filterable', 'hidden']),
  field('classification', 'Edm.String', ['filterable', 'facetable']),
  field('trust', 'Edm.String', ['filterable', 'facetable']),
  field('metadata_json', 'Edm.String'),
];

/** How many passages the document has; a document is whole when all of them are there with one fingerprint. */
const chunkFields: readonly SimpleField[] = [field('chunk_count', 'Edm.Int32', ['filterable'])];

/** Kept for finding alone: every write sends whole documents, so that nothing needs to be read back. */
const vectorFields = (dimensions: number): readonly SimpleField[] => [
  field(vectorField, 'Collection(Edm.Single)', ['searchable', 'hidden'], {
    stored: false,
    vectorSearchDimensions: dimensions,
    vectorSearchProfileName: vectorProfile,
  }),
];

export const reservedFields: ReadonlySet<string> = new Set(
  [...commonFields(''), ...chunkFields, ...vectorFields(2)].map((one) => one.name),
);

export const languageField = (code: string): string => `content_${code}`;

/** The text once more, in the analyzer of its language: searched, never returned. */
const languageFields = ({ languages }: AzureAiSearchConfig): readonly SimpleField[] =>
  Object.entries(languages?.analyzers ?? {}).map(([code, analyzerName]) =>
    field(languageField(code), 'Edm.String', ['searchable', 'hidden'], { analyzerName }),
  );

const metadataTypes = {
  string: 'Edm.String',
  number: 'Edm.Double',
  boolean: 'Edm.Boolean',
  instant: 'Edm.DateTimeOffset',
  list: 'Collection(Edm.String)',
} as const;

/** The fields of the index in the order in which they are created. */
export function indexFields(config: AzureAiSearchConfig): readonly SimpleField[] {
  const declared = Object.entries(config.metadata.fields).map(([name, { type, ...attributes }]) =>
    field(
      name,
      metadataTypes[type],
      (['filterable', 'sortable', 'facetable'] as const).filter((attribute) => attributes[attribute]),
    ),
  );
  return [
    ...commonFields(config.analyzer),
    ...(config.chunks ? chunkFields : []),
    ...languageFields(config),
    ...(config.vector ? vectorFields(config.vector.dimensions) : []),
    ...declared,
  ];
}

/** Whether a whole value of the field becomes one term of the index. */
export const isTerm = (one: SimpleField): boolean =>
  Boolean(one.filterable || one.sortable || one.facetable) && one.type.includes('Edm.String');
