import type { SearchIndex, SimpleField } from '@azure/search-documents';
import type { AzureAiSearchConfig } from './config.ts';
import { indexFields } from './fields.ts';
import { withFreshness } from './freshness.ts';
import { vectorConflicts, withVectorSearch } from './vector-index.ts';

const ownerPattern = /\s*\[tributary:([^\]\s]+)\]/;

/** The installation that the description of an index names as its owner. */
export const ownerOf = (index: SearchIndex): string | undefined =>
  ownerPattern.exec(index.description ?? '')?.[1];

const defaultDescription = 'Business-context documents published by Tributary.';

export const described = (description: string | null | undefined, installation: string): string =>
  `${(description ?? defaultDescription).replace(ownerPattern, '')} [tributary:${installation}]`;

export function newIndex(config: AzureAiSearchConfig, installation: string): SearchIndex {
  const semantic = withSemantic(undefined, config);
  const vectors = withVectorSearch(undefined, config.vector);
  const scoring = withFreshness(undefined, config);
  return {
    name: config.index,
    description: described(undefined, installation),
    fields: [...indexFields(config)],
    ...(semantic === undefined ? {} : { semanticSearch: semantic }),
    ...(vectors === undefined ? {} : { vectorSearch: vectors }),
    ...(scoring === undefined ? {} : { scoringProfiles: scoring }),
  };
}

export interface IndexDifference {
  /** Fields that cannot become what they should be without a new index. */
  readonly incompatible: readonly string[];
  /** What a change in place brings. */
  readonly changes: readonly string[];
  /** The definition after the change in place: everything else in the index stays as it is. */
  readonly changed: SearchIndex;
}

/** What can and cannot change in place: https://learn.microsoft.com/azure/search/search-howto-reindex */
export function compareIndex(existing: SearchIndex, config: AzureAiSearchConfig): IndexDifference {
  const incompatible: string[] = [];
  const changes: string[] = [];
  const fields = existing.fields.map((field) => ({ ...field }));
  for (const wanted of indexFields(config)) {
    const at = fields.findIndex((field) => field.name === wanted.name);
    const found = fields[at];
    if (found === undefined) {
      changes.push(`add field ${wanted.name}`);
      // https://learn.microsoft.com/azure/search/vector-search-how-to-storage-options : only a new index may leave vectors out.
      fields.push(wanted.vectorSearchDimensions === undefined ? wanted : { ...wanted, stored: true });
    } else if (found.type.includes('Edm.ComplexType')) {
      incompatible.push(`${wanted.name} is a complex field`);
    } else {
      incompatible.push(...conflicts(found as SimpleField, wanted));
      if (Boolean((found as SimpleField).hidden) !== Boolean(wanted.hidden)) {
        changes.push(`${wanted.hidden ? 'hide' : 'show'} field ${wanted.name}`);
        fields[at] = { ...found, hidden: Boolean(wanted.hidden) } as SimpleField;
      }
    }
  }
  incompatible.push(...vectorConflicts(existing.vectorSearch, config.vector));
  const vectors = withVectorSearch(existing.vectorSearch, config.vector);
  if (vectors !== existing.vectorSearch) changes.push('set vector search');
  const scoring = withFreshness(existing.scoringProfiles, config);
  if (scoring !== existing.scoringProfiles) changes.push('set scoring profile freshness');
  const semantic = withSemantic(existing.semanticSearch, config);
  if (semantic !== existing.semanticSearch)
    changes.push(`set semantic configuration ${config.semanticConfiguration ?? ''}`);
  return {
    incompatible,
    changes,
    changed: {
      ...existing,
      fields,
      ...(semantic === undefined ? {} : { semanticSearch: semantic }),
      ...(vectors === undefined ? {} : { vectorSearch: vectors }),
      ...(scoring === undefined ? {} : { scoringProfiles: scoring }),
    },
  };
}

/** A field that is filterable, sortable or facetable already may be so in more ways: that loses nothing. */
function conflicts(found: SimpleField, wanted: SimpleField): string[] {
  const differing: string[] = [];
  const bounded =
    Boolean(wanted.filterable || wanted.sortable || wanted.facetable) || found.type !== 'Edm.String';
  if (found.type !== wanted.type) differing.push(`type ${found.type}, needs ${wanted.type}`);
  if (Boolean(found.key) !== Boolean(wanted.key))
    differing.push(wanted.key ? 'is not the key' : 'is the key');
  for (const attribute of ['searchable', 'filterable', 'sortable', 'facetable'] as const) {
    const has = Boolean(found[attribute]);
    const needs = Boolean(wanted[attribute]);
    if (has !== needs && !(has && bounded && attribute !== 'searchable')) {
      differing.push(`is ${has ? '' : 'not '}${attribute}`);
    }
  }
  const analyzer = (field: SimpleField): string => field.analyzerName ?? 'standard.lucene';
  if ((found.vectorSearchDimensions ?? undefined) !== wanted.vectorSearchDimensions) {
    differing.push(
      `has ${found.vectorSearchDimensions ?? 'no'} dimensions, needs ${wanted.vectorSearchDimensions ?? 'none'}`,
    );
  }
  if (wanted.searchable && analyzer(found) !== analyzer(wanted)) {
    differing.push(`analyzer ${analyzer(found)}, needs ${analyzer(wanted)}`);
  }
  return differing.map((difference) => `${wanted.name}: ${difference}`);
}

type Semantic = SearchIndex['semanticSearch'];

/** https://learn.microsoft.com/azure/search/semantic-how-to-configure */
function withSemantic(existing: Semantic, config: AzureAiSearchConfig): Semantic {
  const name = config.semanticConfiguration;
  if (name === undefined || existing?.configurations?.some((one) => one.name === name)) return existing;
  const configuration = {
    name,
    prioritizedFields: {
      titleField: { name: 'title' },
      contentFields: [{ name: 'content' }],
      keywordsFields: [],
    },
  };
  return {
    ...existing,
    defaultConfigurationName: existing?.defaultConfigurationName ?? name,
    configurations: [...(existing?.configurations ?? []), configuration],
  };
}
