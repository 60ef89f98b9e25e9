import { isTransientError } from '../../core/contract/errors.ts';
import type { FieldDescription, StreamDescription } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import { displayTable, quoteIdentifier, quoteTable, type TableName } from './identifier.ts';

const FIELDS = ['DIMENSION', 'FACT', 'METRIC', 'DERIVED_METRIC'];

/**
 * Semantic views as streams to be described: their dimensions, facts and metrics with comment, expression and synonyms
 * say what the words mean. They are read by a `query` over SEMANTIC_VIEW(…). Empty where an account has none.
 * https://docs.snowflake.com/en/user-guide/views-semantic/overview
 */
export async function semanticViews(
  client: SnowflakeClient,
  { database, schema }: { readonly database: string; readonly schema: string },
): Promise<readonly StreamDescription[]> {
  const views = await ask(
    client,
    `SHOW SEMANTIC VIEWS IN SCHEMA ${quoteIdentifier(database)}.${quoteIdentifier(schema)}`,
  );
  const descriptions: StreamDescription[] = [];
  for (const view of views) {
    const name = { database, schema, table: String(view['name']) };
    const comment = view['comment'] ? { comment: String(view['comment']) } : {};
    descriptions.push({ ...(await describeSemanticView(client, name)), ...comment });
  }
  return descriptions;
}

/** One semantic view; without fields where the role may not see it. https://docs.snowflake.com/en/sql-reference/sql/desc-semantic-view */
export async function describeSemanticView(
  client: SnowflakeClient,
  name: TableName,
): Promise<StreamDescription> {
  const properties = await ask(client, `DESCRIBE SEMANTIC VIEW ${quoteTable(name)}`);
  const fields = new Map<string, Record<string, string>>();
  let comment: string | undefined;
  for (const row of properties) {
    const [kind, parent, object] = [row['object_kind'], row['parent_entity'], row['object_name']];
    if (!kind && row['property'] === 'COMMENT') comment = String(row['property_value']);
    if (!FIELDS.includes(String(kind))) continue;
    const field = parent ? `${parent}.${object}` : String(object);
    const known = fields.get(field) ?? { KIND: String(kind).replace('DERIVED_', '').toLowerCase() };
    fields.set(field, { ...known, [String(row['property'])]: String(row['property_value']) });
  }
  return {
    name: displayTable(name),
    label: 'Semantic view',
    ...(comment === undefined ? {} : { comment }),
    fields: [...fields].map(([field, about]) => toField(field, about)),
    key: [],
    cursors: [],
  };
}

const ask = (client: SnowflakeClient, sql: string) =>
  client.named(sql, { purpose: 'discover' }).catch((error: unknown) => {
    if (isTransientError(error)) throw error;
    return [];
  });

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

/** A list in JSON, or as a person would write it: `[a, b]`. */
function listOf(text: string | undefined): string[] {
  try {
    const value = JSON.parse(text ?? '[]') as unknown;
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    const inner = text!.replace(/^\s*[[(]|[\])]\s*$/g, '');
    return inner.split(',').map((one) => one.trim().replace(/^(['"])(.*)\1$/, '$2'));
  }
}
