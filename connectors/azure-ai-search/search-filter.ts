import { ConfigError } from '../../core/contract/errors.ts';
import type { RetrievalRequest } from '../../core/retrieval/retrieval-request.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { indexFields } from './fields.ts';
import { literalOf, oneOf } from './odata-literal.ts';
import { whereFilter } from './where-filter.ts';

/** The OData filter of a search; what the asker may not read never matches it. */
export function searchFilter(request: RetrievalRequest, config: AzureAiSearchConfig): string {
  const conditions = [accessFilter(request.principals ?? [])];
  const fields = new Map(indexFields(config).map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(request.filter ?? {})) {
    const field = fields.get(name);
    if (!field?.filterable) {
      throw new ConfigError('AZURE_SEARCH_NOT_FILTERABLE', `The index has no filterable field '${name}'.`, {
        where: `metadata.fields.${name}`,
        hint: 'Declare it under metadata.fields, and apply the plan.',
      });
    }
    const literal = literalOf(value, field.type);
    if (literal === undefined) {
      throw new ConfigError(
        'AZURE_SEARCH_FILTER_TYPE',
        `The field '${name}' is ${field.type}; a ${typeof value} cannot be compared with it.`,
        {
          where: `metadata.fields.${name}`,
          hint: 'Filter with a value of the declared type.',
        },
      );
    }
    conditions.push(
      field.type === 'Collection(Edm.String)' ? `${name}/any(v: v eq ${literal})` : `${name} eq ${literal}`,
    );
  }
  if (request.where !== undefined) conditions.push(whereFilter(request.where, config));
  return conditions.join(' and ');
}

/** https://learn.microsoft.com/azure/search/search-security-trimming-for-azure-search */
function accessFilter(principals: readonly string[]): string {
  if (principals.length === 0) return 'access_everyone eq true';
  const anyOf = (field: string): string => `${field}/any(g: ${oneOf('g', principals)})`;
  return `(access_everyone eq true or ${anyOf('access_allow')}) and not ${anyOf('access_deny')}`;
}

/** A question is words, never query syntax: https://learn.microsoft.com/azure/search/query-simple-syntax#escape-search-operators */
export const plainText = (text: string): string => text.replace(/[\\+\-&|!(){}[\]^"~*?:/]/g, '\\$&');
