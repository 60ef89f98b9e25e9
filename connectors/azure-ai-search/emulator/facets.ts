import type { DatabaseSync } from 'node:sqlite';
import { fieldMap } from './document-validation.ts';
import { fieldSql } from './filter-sql.ts';
import { isCollectionType, type IndexDefinition } from './index-definition.ts';
import type { Matched } from './match.ts';
import { invalidExpression } from './refusal.ts';

/** Counts values over everything that matched: https://learn.microsoft.com/azure/search/search-faceted-navigation */
export function countFacets(
  facets: readonly string[],
  matched: Matched,
  index: IndexDefinition,
  database: DatabaseSync,
): Record<string, readonly { count: number; value: unknown }[]> {
  const answer: Record<string, readonly { count: number; value: unknown }[]> = {};
  for (const facet of facets) {
    const [name = '', ...options] = facet.split(',').map((part) => part.trim());
    const field = fieldMap(index).get(name);
    if (!field?.facetable) throw invalidExpression(`'${name}' is not a facetable field.`, 'facet');
    const order = { count: 10, sort: 'count' };
    for (const option of options) {
      const [key, value = ''] = option.split(':');
      if (key === 'count' && /^\d+$/.test(value)) order.count = Number(value);
      else if (key === 'sort' && /^-?(count|value)$/.test(value)) order.sort = value;
      else throw invalidExpression(`The facet option '${option}' is not supported.`, 'facet');
    }
    const value = isCollectionType(field.type) ? 'item.value' : fieldSql(field);
    const items = isCollectionType(field.type) ? `, json_each(d.body, '$.${name}') AS item` : '';
    const sort = {
      count: 'count DESC, value',
      '-count': 'count, value',
      value: 'value',
      '-value': 'value DESC',
    }[order.sort]!;
    const rows = database
      .prepare(
        `SELECT ${value} AS value, count(*) AS count FROM (SELECT d.key, d.body ${matched.sql}) AS d${items}
         WHERE ${value} IS NOT NULL GROUP BY 1 ORDER BY ${sort} LIMIT ?`,
      )
      .all(...matched.values, order.count);
    answer[name] = rows.map((row) => ({
      count: row['count'] as number,
      value: field.type === 'Edm.Boolean' ? row['value'] === 1 : row['value'],
    }));
  }
  return answer;
}
