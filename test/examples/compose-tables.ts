import { readFile } from 'node:fs/promises';
import type { Config } from '../../core/config/config.ts';
import { parseConfig } from '../../core/config/load-config.ts';
import type { JsonObject } from '../../core/contract/json.ts';
import { compileKind, matches, normalise, orderKey } from '../../core/documents/index.ts';
import type { Composition, Kind, KindNode, RecordNode } from '../../core/documents/kind.ts';
import type { Table } from '../../core/testing/table.ts';
import { registry } from '../../connectors/index.ts';

export interface Tables {
  readonly salesforce: readonly Table[];
  readonly snowflake: readonly Table[];
}

/** What a deployment sets in its environment: the variables that have no default. */
const environment = {
  SALESFORCE_LOGIN_URL: 'https://corvane.my.salesforce.com',
  SALESFORCE_CLIENT_ID: 'client',
  SALESFORCE_CLIENT_SECRET: 'secret',
  SNOWFLAKE_ACCOUNT: 'corvane-main',
  SNOWFLAKE_USER: 'TRIBUTARY',
  SNOWFLAKE_PRIVATE_KEY: 'key',
  BEDROCK_KNOWLEDGE_BASE_ID: 'ABCDE12345',
  BEDROCK_DATA_SOURCE_ID: 'FGHIJ67890',
  AZURE_SEARCH_ENDPOINT: 'https://corvane.search.windows.net',
};

export const readConfig = async (path: string): Promise<Config> =>
  parseConfig(await readFile(path, 'utf8'), registry, { env: environment, file: path });

/** Composes every document of a configuration from tables held in memory; by `kind:key`. */
export function composeTables(config: Config, tables: Tables): ReadonlyMap<string, Composition> {
  const records = recordsByStream(config, tables);
  const composed = new Map<string, Composition>();
  for (const kind of kindsOf(config)) {
    const children = indexParts(kind.root, records);
    for (const root of records.get(kind.root.stream) ?? []) {
      if (!matches(kind.root.where, root.data)) continue;
      composed.set(`${kind.name}:${root.key}`, kind.compose(children(root), []));
    }
  }
  return composed;
}

function kindsOf(config: Config): Kind[] {
  const streams = Object.fromEntries(
    Object.values(config.sources).flatMap((source) =>
      Object.values(source.streams).map((stream) => [stream.id, stream]),
    ),
  );
  const systems = Object.fromEntries(
    Object.keys(config.sources).map((name) => [name, { system: name, instance: 'demo' }]),
  );
  const { namespace } = config;
  return Object.entries(config.kinds).map(([name, kind]) =>
    compileKind(name, kind, { namespace, streams, systems }),
  );
}

/** Records with the listed fields only; the warehouse gives every value as text. */
function recordsByStream(config: Config, tables: Tables): ReadonlyMap<string, readonly RecordNode[]> {
  const records = new Map<string, readonly RecordNode[]>();
  for (const [source, { streams }] of Object.entries(config.sources)) {
    for (const stream of Object.values(streams)) {
      const options = stream.options as { readonly table?: string };
      const table = tables[source as keyof Tables].find((one) => one.name === (options.table ?? stream.name));
      if (!table) throw new Error(`no table for ${stream.id}`);
      const asText = source === 'snowflake';
      const nodes = table.rows.map((row): RecordNode => {
        const data: JsonObject = Object.fromEntries(
          stream.fields.map((field) => {
            const value = row[field] ?? null;
            return [field, asText && value !== null ? String(value) : value];
          }),
        );
        return { key: table.key.map((name) => String(row[name])).join('|'), data, parts: {} };
      });
      records.set(stream.id, nodes);
    }
  }
  return records;
}

/** Joins, filters, orders and limits the parts of a node, level by level. */
function indexParts(
  node: KindNode,
  records: ReadonlyMap<string, readonly RecordNode[]>,
): (parent: RecordNode) => RecordNode {
  const parts = node.children.map((child) => {
    const { join, order } = child;
    if (!join) throw new Error(`${child.path} has no join`);
    const below = indexParts(child, records);
    const groups = new Map<string, RecordNode[]>();
    for (const record of records.get(child.stream) ?? []) {
      const value = normalise(join.part.as, record.data[join.part.field]);
      if (value === undefined || !matches(child.where, record.data)) continue;
      groups.set(value, [...(groups.get(value) ?? []), record]);
    }
    const rank = (record: RecordNode): string =>
      (order ? orderKey(record.data[order.field]) : '') + record.key;
    for (const group of groups.values()) {
      group.sort((a, b) => (rank(a) < rank(b) ? -1 : 1) * (order?.descending ? -1 : 1));
    }
    return (parent: RecordNode): [string, readonly RecordNode[]] => {
      const value = normalise(join.parent.as, parent.data[join.parent.field]);
      const found = (value === undefined ? undefined : groups.get(value)) ?? [];
      return [child.name, found.slice(0, child.limit).map(below)];
    };
  });
  return (parent) => ({ ...parent, parts: Object.fromEntries(parts.map((of) => of(parent))) });
}
