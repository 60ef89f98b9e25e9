import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { registry } from '../../connectors/index.ts';
import {
  configSchema,
  destinationBaseSchema,
  kindSchema,
  partSchema,
  pipelineSchema,
  sourceBaseSchema,
  streamBaseSchema,
} from '../../core/config/schema.ts';

/** The folder that holds the documents with option tables. */
const folder = fileURLToPath(new URL('../../docs/', import.meta.url));
/** `<!-- options: stream salesforce -->` … `<!-- /options -->` */
const section = /<!-- options: ([a-z0-9 -]+) -->[^]*?<!-- \/options -->/g;

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly secret?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}
interface Row {
  readonly path: string;
  readonly type: string;
  readonly preset: string;
  readonly about: string;
}

const durationPattern = '^\\d+(ms|s|m|h|d)$';
/** Sections that have a table of their own, or that nest without end. */
const closed = new Set([
  'sources',
  'destinations',
  'kinds',
  'pipelines',
  'streams',
  'with',
  'access',
  'where',
]);

/** The document with every option table made anew from the schemas; without a table, the document as it is. */
export async function refresh(text: string): Promise<string> {
  if (!text.includes('<!-- options: ')) return text;
  const schemas = await schemasByName();
  const renewed = text.replaceAll(section, (_, name: string) => {
    const schema = schemas.get(name);
    if (!schema)
      throw new Error(`no schema is named ${name}; choose from: ${[...schemas.keys()].join(', ')}`);
    return `<!-- options: ${name} -->\n\n${table(rowsOf(toJsonSchema(schema)))}\n<!-- /options -->`;
  });
  return format(renewed, { ...(await resolveConfig(folder)), parser: 'markdown' });
}

/** Every Markdown document below the folder, by its path within it. */
export async function documents(): Promise<readonly string[]> {
  return (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.md')).sort();
}

async function schemasByName(): Promise<ReadonlyMap<string, z.ZodType>> {
  const schemas = new Map<string, z.ZodType>([
    ['configuration', configSchema],
    ['source', sourceBaseSchema],
    ['stream', streamBaseSchema],
    ['destination', destinationBaseSchema],
    ['kind', kindSchema],
    ['part', partSchema],
    ['pipeline', pipelineSchema],
  ]);
  for (const [type, load] of Object.entries(registry.sources)) {
    const { config, stream } = await load();
    schemas.set(`source ${type}`, config).set(`stream ${type}`, stream);
  }
  for (const [type, load] of Object.entries(registry.destinations)) {
    schemas.set(`destination ${type}`, (await load()).config);
  }
  return schemas;
}

const toJsonSchema = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema;

/** `form`: the schema is one of several that may stand in its place. */
function rowsOf(schema: Schema, base = '', form = false): Row[] {
  const rows: Row[] = [];
  for (const [name, own] of Object.entries(schema.properties ?? {})) {
    const path = base === '' ? name : `${base}.${name}`;
    const isRequired = schema.required?.includes(name) === true && own.default === undefined;
    rows.push({
      path,
      type: typeOf(own),
      preset: isRequired
        ? form
          ? 'required in its form'
          : 'required'
        : own.default === undefined
          ? '–'
          : presetOf(own.default),
      about: sentence(own.description ?? ''),
    });
    if (closed.has(name)) continue;
    rows.push(...rowsOf(own, path));
    for (const one of own.anyOf ?? own.oneOf ?? []) rows.push(...rowsOf(one, path, true));
    const values = own.additionalProperties;
    if (typeof values === 'object') rows.push(...rowsOf(values, `${path}.<name>`));
  }
  return [...new Map(rows.map((row) => [row.path, row])).values()];
}

const sentence = (text: string): string =>
  text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;

const presetOf = (value: unknown): string =>
  JSON.stringify(value) === '{}' ? '–' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

function typeOf(schema: Schema): string {
  if (schema.secret) return 'secret: `${NAME}` or `file:path`';
  if (schema.enum) return schema.enum.map((one) => `\`${String(one)}\``).join(', ');
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' or ');
  switch (schema.type) {
    case 'string':
      if (schema.pattern === durationPattern) return 'duration';
      return schema.format === 'uri' ? 'address' : 'text';
    case 'integer':
    case 'number': {
      const bounds = [schema.minimum ?? schema.exclusiveMinimum, schema.maximum].map((bound) =>
        bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? '' : String(bound),
      );
      const range = bounds.every((bound) => bound !== '') ? `, ${bounds.join(' to ')}` : '';
      return schema.type === 'integer' ? `whole number${range}` : `number${range}`;
    }
    case 'boolean':
      return '`true`, `false`';
    case 'array':
      return schema.items ? `list of ${typeOf(schema.items)}` : 'list';
    case 'null':
      return '`null`';
    default:
      return schema.properties ? sectionOf(schema) : 'section';
  }
}

const sectionOf = ({ properties = {} }: Schema): string => {
  const names = Object.keys(properties);
  return names.length > 6 ? 'section' : `section (${names.map((name) => `\`${name}\``).join(', ')})`;
};

function table(rows: readonly Row[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const line = ({ path, type, preset, about }: Row): string =>
    `| \`${path}\` | ${cell(type)} | ${cell(preset)} | ${cell(about)} |\n`;
  return `| Setting | Value | Default | What it is |\n| --- | --- | --- | --- |\n${rows.map(line).join('')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const path of await documents()) {
    const text = await readFile(folder + path, 'utf8');
    const renewed = await refresh(text);
    if (renewed !== text) await writeFile(folder + path, renewed);
  }
}
