import { definitionsOptions, definitionsStream } from './definitions.ts';
import { z } from 'zod';
import type { Registry } from './config.ts';
import { configSchema, destinationBaseSchema, sourceBaseSchema, streamBaseSchema } from './schema.ts';

/** A JSON Schema, draft 7: what editors understand best. */
export type JsonSchema = { readonly [key: string]: unknown };

const referencePattern = '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}';
const definitions: JsonSchema = {
  reference: {
    description: 'taken from elsewhere: ${NAME} from the environment, file:path from a file',
    type: 'string',
    pattern: `^file:.|${referencePattern}`,
  },
  secret: {
    description: 'a secret, never written here: ${NAME} or file:path',
    type: 'string',
    pattern: `^file:.|^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-)?\\}$`,
  },
};

/** Describes connectors.config.yaml for editors, with the settings of every connector in the registry. */
export async function describeConfig(registry: Registry): Promise<JsonSchema> {
  const root = toJsonSchema(configSchema);
  const properties = root['properties'] as Record<string, JsonSchema>;
  const sources = await Promise.all(
    Object.entries(registry.sources).map(async ([type, load]) => {
      const { title, config, stream } = await load();
      const base = toJsonSchema(streamBaseSchema);
      const streams = {
        ...sectionsOf(addTo(toJsonSchema(stream), base)),
        properties: { [definitionsStream]: addTo(toJsonSchema(definitionsOptions), base) },
      };
      return {
        type,
        title,
        settings: addTo(toJsonSchema(config), { properties: { streams }, required: ['streams'] }),
      };
    }),
  );
  const destinations = await Promise.all(
    Object.entries(registry.destinations).map(async ([type, load]) => {
      const { title, config } = await load();
      return { type, title, settings: toJsonSchema(config) };
    }),
  );
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tributary configuration',
    ...root,
    properties: {
      ...properties,
      sources: {
        ...properties['sources'],
        additionalProperties: byType(sources, toJsonSchema(sourceBaseSchema)),
      },
      destinations: {
        ...properties['destinations'],
        additionalProperties: byType(destinations, toJsonSchema(destinationBaseSchema)),
      },
    },
    definitions,
  };
}

/** The file's text, with two spaces and a line break at the end. */
export const describeConfigAsText = async (registry: Registry): Promise<string> =>
  `${JSON.stringify(await describeConfig(registry), null, 2)}\n`;

interface Described {
  readonly type: string;
  readonly title: string;
  readonly settings: JsonSchema;
}

/** Which settings are allowed and offered depends on `type`. */
function byType(connectors: readonly Described[], base: JsonSchema): JsonSchema {
  const inOrder = [...connectors].sort((one, other) => (one.type < other.type ? -1 : 1));
  const types = inOrder.map(({ type }) => type);
  const titles = inOrder.map(({ type, title }) => `${type}: ${title}`).join('; ');
  const own = base['properties'] as Record<string, JsonSchema>;
  const { streams: _streams, ...properties } = own;
  const required = (base['required'] as readonly string[]).filter((key) => key !== 'streams');
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: types, description: titles } },
    allOf: inOrder.map(({ type, settings }) => ({
      if: { properties: { type: { const: type } }, required: ['type'] },
      then: addTo(settings, { properties: { ...properties, type: { const: type } }, required }),
    })),
  };
}

const sectionsOf = (schema: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: schema });

/** Adds keys to a schema of a section, in every alternative that it has. */
function addTo(schema: JsonSchema, extra: JsonSchema): JsonSchema {
  const alternatives = schema['anyOf'];
  if (Array.isArray(alternatives)) {
    return { ...schema, anyOf: alternatives.map((one: JsonSchema) => addTo(one, extra)) };
  }
  const required = [...listOf(extra['required']), ...listOf(schema['required'])];
  return {
    type: 'object',
    ...schema,
    properties: {
      ...(extra['properties'] as JsonSchema),
      ...(schema['properties'] as JsonSchema | undefined),
    },
    ...(required.length === 0 ? {} : { required: [...new Set(required)] }),
  };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _draft, ...plain } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'object' && def.catchall === undefined) jsonSchema.additionalProperties = false;
    },
  });
  return forEditors(plain) as JsonSchema;
}

/** Lets a reference stand wherever text, a number, a choice or true and false is due; secrets are references only. */
function forEditors(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(forEditors);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { secret, oneOf, propertyNames, default: preset, ...given } = schema as Record<string, unknown>;
  const { description } = given;
  const about = description === undefined ? {} : { description };
  if (secret === true) return { ...about, allOf: [{ $ref: '#/definitions/secret' }] };
  const rest: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    const holdsSchemas = key === 'properties' && typeof value === 'object' && value !== null;
    const isData = key === 'enum' || key === 'const' || key === 'required' || key === 'examples';
    if (isData) rest[key] = value;
    else if (holdsSchemas) {
      rest[key] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, forEditors(one)]));
    } else rest[key] = forEditors(value);
  }
  // Exactly one of the alternatives cannot be asked for once a reference fits several.
  if (oneOf !== undefined) rest['anyOf'] = forEditors(oneOf);
  const names = propertyNames === undefined ? {} : { propertyNames };
  const presets = preset === undefined ? {} : { default: preset };
  if (!isConstrainedSingle(rest)) return { ...rest, ...names, ...presets };
  const { description: _moved, ...single } = rest;
  return { ...about, anyOf: [single, { $ref: '#/definitions/reference' }], ...presets };
}

function isConstrainedSingle(schema: Record<string, unknown>): boolean {
  if ('enum' in schema) return true;
  if (schema['type'] === 'number' || schema['type'] === 'integer' || schema['type'] === 'boolean')
    return !('const' in schema);
  return schema['type'] === 'string' && ('pattern' in schema || 'format' in schema || 'maxLength' in schema);
}
