import { fieldMap } from './document-validation.ts';
import { fieldSql } from './filter-sql.ts';
import { isVectorType, type FieldDefinition, type IndexDefinition } from './index-definition.ts';
import { invalidExpression, Refusal } from './refusal.ts';
import { vectorizerOf } from './vector-search.ts';

/** The body of a search, as far as the emulator reads it: https://learn.microsoft.com/rest/api/searchservice/documents/search-post */
export interface SearchBody {
  readonly search?: string | null;
  readonly searchMode?: 'any' | 'all';
  readonly searchFields?: string;
  readonly filter?: string | null;
  readonly select?: string | null;
  readonly orderby?: string | null;
  readonly top?: number | null;
  readonly skip?: number | null;
  readonly count?: boolean | null;
  readonly facets?: readonly string[] | null;
  readonly queryType?: 'simple' | 'full' | 'semantic';
  readonly semanticConfiguration?: string;
  readonly semanticQuery?: string;
  readonly captions?: string;
  readonly scoringProfile?: string | null;
  readonly answers?: string;
  readonly vectorQueries?: readonly VectorQuery[] | null;
}
export interface VectorQuery {
  readonly kind: string;
  readonly vector?: readonly number[];
  readonly text?: string;
  readonly fields?: string;
  readonly k?: number;
  readonly weight?: number;
}

const knownProperties = new Set(
  'search searchMode searchFields filter select orderby top skip count facets queryType semanticConfiguration semanticErrorHandling semanticQuery answers captions vectorQueries vectorFilterMode highlight highlightPreTag highlightPostTag minimumCoverage scoringProfile scoringParameters scoringStatistics sessionId'.split(
    ' ',
  ),
);

export function readSearchBody(raw: unknown): SearchBody {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new Refusal(400, '', 'The request is invalid. Details: parameters : A JSON object was expected.');
  }
  for (const name in raw) {
    if (!knownProperties.has(name)) {
      throw new Refusal(
        400,
        '',
        `The request is invalid. Details: parameters : The property '${name}' does not exist on type 'Microsoft.Azure.Search.V2026_04_01.SearchRequest'. Make sure to only use property names that are defined by the type.`,
      );
    }
  }
  const body = raw as SearchBody;
  for (const name of ['search', 'searchFields', 'filter', 'select', 'orderby'] as const) {
    const value: unknown = body[name];
    if (value === undefined || value === null || typeof value === 'string') continue;
    throw new Refusal(
      400,
      '',
      `The request is invalid. Details: parameters : Cannot convert the value of '${name}' to the expected target type 'Edm.String'.`,
    );
  }
  const whole = (value: unknown, name: string, most: number): void => {
    if (value === undefined || value === null) return;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > most) {
      throw new Refusal(
        400,
        'InvalidRequestParameter',
        `Value must be between 0 and ${most}.\r\nParameter name: $${name}`,
        [{ code: 'InvalidParameter', message: `Value must be between 0 and ${most}. Parameters: ${name}` }],
      );
    }
  };
  whole(body.top, 'top', 2 ** 31 - 1);
  whole(body.skip, 'skip', 100_000);
  return body;
}

export function selectedFields(
  select: string | null | undefined,
  index: IndexDefinition,
): readonly FieldDefinition[] {
  if (!select || select.trim() === '*') return index.fields.filter((field) => field.retrievable);
  const fields = fieldMap(index);
  return select.split(',').map((part) => {
    const name = part.trim();
    const field = fields.get(name);
    if (!field)
      throw invalidExpression(
        `Could not find a property named '${name}' on type 'search.document'.`,
        '$select',
      );
    if (!field.retrievable) {
      throw invalidExpression(
        `'${name}' is not a retrievable field. Only retrievable fields can be used in $select.`,
        '$select',
      );
    }
    return field;
  });
}

/** `ORDER BY` terms; without `$orderby`, the best score first. */
export function orderSql(orderby: string | null | undefined, index: IndexDefinition): string {
  if (!orderby || orderby.trim() === '') return 'score DESC, d.id';
  const fields = fieldMap(index);
  const clauses = orderby.split(',');
  if (clauses.length > 32) throw invalidExpression('At most 32 clauses are allowed.', '$orderby');
  return clauses
    .map((clause) => {
      const [name = '', direction = 'asc', ...rest] = clause.trim().split(/\s+/);
      if (!/^(asc|desc)$/.test(direction) || rest.length > 0)
        throw invalidExpression(`Syntax error in '${clause}'.`, '$orderby');
      if (name === 'search.score()') return `score ${direction}`;
      const field = fields.get(name);
      if (!field)
        throw invalidExpression(
          `Could not find a property named '${name}' on type 'search.document'.`,
          '$orderby',
        );
      if (!field.sortable) {
        throw invalidExpression(
          `'${name}' is not a sortable field. Only sortable fields can be used in $orderby.`,
          '$orderby',
        );
      }
      return `${fieldSql(field)} ${direction} NULLS ${direction === 'asc' ? 'FIRST' : 'LAST'}`;
    })
    .concat('d.id')
    .join(', ');
}

export function vectorFields(query: VectorQuery, index: IndexDefinition): readonly FieldDefinition[] {
  if (
    query.kind === 'text'
      ? typeof query.text !== 'string'
      : query.kind !== 'vector' || !Array.isArray(query.vector)
  ) {
    throw invalidExpression(
      `A vector query of kind '${query.kind}' lacks what its kind needs.`,
      'vectorQueries',
    );
  }
  return (query.fields ?? '').split(',').map((part) => {
    const field = fieldMap(index).get(part.trim());
    if (!field || !isVectorType(field.type) || !field.searchable) {
      throw invalidExpression(`'${part.trim()}' is not a searchable vector field.`, 'vectorQueries');
    }
    if (query.kind === 'text') return requireVectorizer(field, index);
    if (query.vector!.length !== field.dimensions) {
      throw invalidExpression(
        `The vector field '${field.name}', with dimension '${String(field.dimensions)}', expects a length of '${String(field.dimensions)}'. However, the provided vector has a length of '${query.vector!.length}'.`,
        'vectorQueries',
      );
    }
    return field;
  });
}

function requireVectorizer(field: FieldDefinition, index: IndexDefinition): FieldDefinition {
  if (vectorizerOf(index, field)) return field;
  throw invalidExpression(
    `A vector query of kind 'text' needs a vectorizer, and the profile of '${field.name}' has none.`,
    'vectorQueries',
  );
}
