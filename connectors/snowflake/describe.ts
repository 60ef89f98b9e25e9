import type { FieldDescription, Stream, StreamDescription } from '../../core/contract/source.ts';
import type { SnowflakeClient } from './client.ts';
import type { Column } from './columns.ts';
import type { SnowflakeConfig, SnowflakeStream } from './config.ts';
import { displayTable, foldName, parseTableName, quoteIdentifier, type TableName } from './identifier.ts';
import { describeSemanticView } from './semantic-views.ts';
import { resolveStream, type ResolvedStream } from './table-reader.ts';
import { sensitivities } from './tags.ts';

/** What the words of configured streams mean: comments of table and columns, or those of the semantic view queried. */
export async function describeStreams(
  client: SnowflakeClient,
  config: SnowflakeConfig,
  streams: readonly Stream<SnowflakeStream>[],
  source: string,
): Promise<readonly StreamDescription[]> {
  const descriptions: StreamDescription[] = [];
  for (const stream of streams) {
    const resolved = await resolveStream(client, config, stream, source);
    const view = semanticViewOf(stream.options.query, config);
    const known = view ? await describeSemanticView(client, view) : undefined;
    const about = resolved.table ? await tableComment(client, resolved.table) : known?.comment;
    const tags = resolved.table ? await sensitivities(client, resolved.table) : new Map<string, string>();
    descriptions.push({
      name: stream.name,
      comment: commentOf(about, resolved, view),
      fields: stream.fields.map((name) => {
        const column = columnOf(resolved.columns, name);
        const inView = known?.fields.find((field) => field.name.split('.').at(-1) === column.name);
        return toField(name, column, tags.get(column.name), inView);
      }),
      key: resolved.key.map((column) => column.name),
      cursors: resolved.cursor ? [resolved.cursor.column.name] : [],
    });
  }
  return descriptions;
}

/** The one semantic view that a query reads. https://docs.snowflake.com/en/sql-reference/constructs/semantic_view */
function semanticViewOf(query: string | undefined, config: SnowflakeConfig): TableName | undefined {
  const code = (query ?? '').replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|''|\\.)*'/g, ' ');
  const found = [...code.matchAll(/\bSEMANTIC_VIEW\s*\(\s*((?:"(?:[^"]|"")+"|[\w$]+|\.)+)/gi)];
  return found.length === 1 ? parseTableName(found[0]![1]!, config, 'query') : undefined;
}

/** Says what a row is, too: agents count and join by it. */
function commentOf(about: string | undefined, resolved: ResolvedStream, view: TableName | undefined): string {
  const origin = resolved.table
    ? `Table ${displayTable(resolved.table)}`
    : view
      ? `Semantic view ${displayTable(view)}`
      : 'A query';
  const key = resolved.key.map((column) => column.name);
  const row = key.length > 1 ? `${key.slice(0, -1).join(', ')} and ${key.at(-1)}` : key[0];
  return [...(about ? [about.trim()] : []), `${origin}: one row per ${row}.`].join(' ');
}

const columnOf = (columns: readonly Column[], name: string): Column =>
  (columns.find((column) => column.name === name) ??
    columns.find((column) => column.name === foldName(name)))!;

function toField(
  name: string,
  column: Column,
  sensitivity: string | undefined,
  inView: FieldDescription | undefined,
): FieldDescription {
  const help = inView?.help ?? column.comment;
  return {
    name,
    type: inView?.label === undefined ? column.dataType : `${inView.label}, ${column.dataType}`,
    nullable: column.nullable,
    ...(help === undefined ? {} : { help }),
    ...(sensitivity === undefined ? {} : { sensitivity }),
  };
}

async function tableComment(
  client: SnowflakeClient,
  { database, schema, table }: TableName,
): Promise<string | undefined> {
  const [row] = await client.all(
    `SELECT COMMENT FROM ${quoteIdentifier(database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    { binds: [schema, table], purpose: 'discover' },
  );
  return row?.[0] ? String(row[0]) : undefined;
}
