import { isTransientError } from '../../core/contract/errors.ts';
import type { FieldDescription, StreamDescription } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import { displayTable, quoteIdentifier, quoteTable } from './identifier.ts';

const FIELDS = ['DIMENSION', 'FACT', 'METRIC'];

/**
 * Semantic views as streams to be described: their dimensions, facts and metrics with comment, expression and synonyms
 * say what the words mean. They are read by a `query` over SEMANTIC_VIEW(…). Empty where an account has none.
 * https://docs.snowflake.com/en/user-guide/views-semantic/overview
 */
export async function semanticViews(
  client: SnowflakeClient,
  { database, schema }: { readonly database: string; readonly schema: string },
): Promise<readonly StreamDescription[]> {
  const ask = (sql: string) =>
    client.named(sql, { purpose: 'discover' }).catch((error: unknown) => {
      if (isTransientError(error)) throw error;
      return [];
    });
  const views = await ask(
    `SHOW SEMANTIC VIEWS IN SCHEMA ${quoteIdentifier(database)}.${quoteIdentifier(schema)}`,
  );
  const descriptions: StreamDescription[] = [];
  for (const view of views) {
    const name = { database, schema, table: String(view['name']) };
    const properties = await ask(`DESCRIBE SEMANTIC VIEW ${quoteTable(name)}`);
    const fields = new Map<string, Record<string, string>>();
    for (const row of properties) {
      if (!FIELDS.includes(String(row['object_kind']))) continue;
      const field = `${row['parent_entity']}.${row['object_name']}`;
      const known = fields.get(field) ?? { KIND: String(row['object_kind']).toLowerCase() };
      fields.set(field, { ...known, [String(row['property'])]: String(row['property_value']) });
    }
    descriptions.push({
      name: displayTable(name),
      label: 'Semantic view',
      ...(view['comment'] ? { comment: String(view['comment']) } : {}),
      fields: [...fields].map(([field, about]) => toField(field, about)),
      key: [],
      cursors: [],
    });
  }
  return descriptions;
}

function toField(name: string, about: Readonly<Record<string, string>>): FieldDescription {
  const synonyms = listOf(about['SYNONYMS']);
  const help = [
    about['COMMENT'],
    about['EXPRESSION'] === undefined ? undefined : `Defined as ${about['EXPRESSION']}.`,
    synonyms.length === 0 ? undefined : `Also called ${synonyms.join(', ')}.`,
  ].filter((part) => part !== undefined && part !== '');
  return {
    name,
    type: about['DATA_TYPE'] ?? about['KIND'] ?? 'dimension',
    ...(about['KIND'] === undefined ? {} : { label: about['KIND'] }),
    ...(help.length === 0 ? {} : { help: help.join(' ') }),
  };
}

function listOf(text: string | undefined): string[] {
  try {
    const value = JSON.parse(text ?? '[]') as unknown;
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}
