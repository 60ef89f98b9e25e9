import type { SearchRequest } from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { indexFields } from './fields.ts';

/** The OData filter of a search; what the asker may not read never matches it. */
export function searchFilter(request: SearchRequest, config: AzureAiSearchConfig): string {
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
  return conditions.join(' and ');
}

/**
 * https://learn.microsoft.com/azure/search/search-security-trimming-for-azure-search ; without its third argument,
 * `search.in` takes spaces and commas for delimiters.
 */
function accessFilter(principals: readonly string[]): string {
  if (principals.length === 0) return 'access_everyone eq true';
  const delimiter = ['|', ';', '\t', '\u001f', '\u001e'].find(
    (one) => !principals.some((principal) => principal.includes(one)),
  );
  const anyOf = (field: string): string =>
    delimiter === undefined
      ? `${field}/any(g: ${principals.map((principal) => `g eq ${quoted(principal)}`).join(' or ')})`
      : `${field}/any(g: search.in(g, ${quoted(principals.join(delimiter))}, '${delimiter}'))`;
  return `(access_everyone eq true or ${anyOf('access_allow')}) and not ${anyOf('access_deny')}`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function literalOf(value: string | number | boolean, type: string): string | undefined {
  if (type === 'Edm.String' || type === 'Collection(Edm.String)') {
    return typeof value === 'string' ? quoted(value) : undefined;
  }
  if (type === 'Edm.DateTimeOffset') {
    const time = typeof value === 'string' ? Date.parse(value) : NaN;
    return Number.isNaN(time) ? undefined : new Date(time).toISOString();
  }
  if (type === 'Edm.Boolean') return typeof value === 'boolean' ? String(value) : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/** A question is words, never query syntax: https://learn.microsoft.com/azure/search/query-simple-syntax#escape-search-operators */
export const plainText = (text: string): string => text.replace(/[\\+\-&|!(){}[\]^"~*?:/]/g, '\\$&');
