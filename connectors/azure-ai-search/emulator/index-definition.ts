import { Refusal } from './refusal.ts';
import { requireScoringProfiles } from './scoring.ts';
import { requireVectorSearch } from './vector-search.ts';

type JsonObject = Record<string, unknown>;

/** A field as the service returns it: every attribute named, absent ones null. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  readonly searchable: boolean;
  readonly filterable: boolean;
  readonly retrievable: boolean;
  readonly stored: boolean;
  readonly sortable: boolean;
  readonly facetable: boolean;
  readonly key: boolean;
  readonly analyzer: string | null;
  readonly searchAnalyzer: string | null;
  readonly indexAnalyzer: string | null;
  readonly normalizer: string | null;
  readonly dimensions: number | null;
  readonly vectorSearchProfile: string | null;
  readonly vectorEncoding: string | null;
  readonly synonymMaps: readonly string[];
  /** Of a complex field alone: it is stored and returned; queries cannot name what is in it. */
  readonly fields?: readonly FieldDefinition[];
}
export interface IndexDefinition extends JsonObject {
  readonly name: string;
  readonly description: string | null;
  readonly fields: readonly FieldDefinition[];
}

const scalarTypes = ['String', 'Int32', 'Int64', 'Double', 'Boolean', 'DateTimeOffset'].map(
  (name) => `Edm.${name}`,
);
const vectorTypes = ['Single', 'Half', 'Int16', 'SByte'].map((name) => `Collection(Edm.${name})`);

export const isVectorType = (type: string): boolean => vectorTypes.includes(type);
export const isComplexType = (type: string): boolean => /^(Collection\()?Edm\.ComplexType\)?$/.test(type);
export const isCollectionType = (type: string): boolean => type.startsWith('Collection(');
export const isStringType = (type: string): boolean =>
  type === 'Edm.String' || type === 'Collection(Edm.String)';

/** https://learn.microsoft.com/rest/api/searchservice/naming-rules */
export function requireIndexName(name: unknown): asserts name is string {
  const legal =
    typeof name === 'string' &&
    /^[a-z0-9][a-z0-9_-]{1,127}$/.test(name) &&
    !/[-_]{2}/.test(name) &&
    !/[-_]$/.test(name);
  if (!legal) {
    throw new Refusal(
      400,
      'InvalidRequestParameter',
      `Invalid index name '${String(name)}': Index name must only contain lowercase letters, digits, dashes or underscores, cannot start or end with dashes or underscores and is limited to 128 characters.`,
      [{ code: 'InvalidName', message: 'The index name breaks the naming rules. Parameters: index' }],
    );
  }
}

const broken = (message: string): Refusal =>
  new Refusal(400, 'InvalidRequestParameter', `The request is invalid. Details: definition : ${message}`, [
    { code: 'InvalidField', message: `${message} Parameters: definition` },
  ]);

/** Checks an index body and fills in what the service fills in; the REST defaults of a field are true. */
export function readIndexDefinition(raw: unknown): IndexDefinition {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw broken('A JSON object was expected.');
  const body = raw as JsonObject;
  requireIndexName(body['name']);
  const description = body['description'] ?? null;
  if (description !== null && (typeof description !== 'string' || description.length > 4000)) {
    throw broken('The description is limited to 4000 characters.');
  }
  const fields = readFields(body['fields'], profilesOf(body['vectorSearch']));
  requireSemanticFields(body['semantic'], fields);
  requireVectorSearch(body['vectorSearch'], fields);
  requireScoringProfiles(body['scoringProfiles'], fields);
  const empty = (property: string): unknown => body[property] ?? [];
  return {
    name: body['name'],
    description,
    defaultScoringProfile: body['defaultScoringProfile'] ?? null,
    fields,
    scoringProfiles: (empty('scoringProfiles') as JsonObject[]).map((profile) => ({
      functionAggregation: null,
      text: null,
      functions: [],
      ...profile,
    })),
    corsOptions: body['corsOptions'] ?? null,
    suggesters: empty('suggesters'),
    analyzers: empty('analyzers'),
    normalizers: empty('normalizers'),
    tokenizers: empty('tokenizers'),
    tokenFilters: empty('tokenFilters'),
    charFilters: empty('charFilters'),
    encryptionKey: body['encryptionKey'] ?? null,
    similarity: body['similarity'] ?? {
      '@odata.type': '#Microsoft.Azure.Search.BM25Similarity',
      k1: null,
      b: null,
    },
    semantic: body['semantic'] ?? null,
    vectorSearch: body['vectorSearch'] ?? null,
  };
}

function readFields(raw: unknown, profiles: ReadonlySet<string>): readonly FieldDefinition[] {
  if (!Array.isArray(raw) || raw.length === 0) throw broken('The index must have at least one field.');
  if (raw.length > 1000) throw broken('The index has more than 1000 fields.');
  const fields = raw.map((one) => readField(one as JsonObject, profiles));
  const names = new Set(fields.map((field) => field.name.toLowerCase()));
  if (names.size !== fields.length) throw broken('There is more than one field with the same name.');
  const keys = fields.filter((field) => field.key);
  if (keys.length !== 1)
    throw broken(`Found ${keys.length} key fields. An index must have exactly one key field.`);
  if (keys[0]!.type !== 'Edm.String') throw broken('The key field must be of type Edm.String.');
  if (!keys[0]!.retrievable) throw broken('The key field must be retrievable.');
  return fields;
}

function readField(raw: JsonObject, profiles: ReadonlySet<string>): FieldDefinition {
  if (typeof raw !== 'object' || raw === null) throw broken('A field must be an object.');
  const { name, type } = raw;
  if (typeof name !== 'string' || !/^[A-Za-z][A-Za-z0-9_]{0,127}$/.test(name) || /^azureSearch/.test(name)) {
    throw broken(`Invalid field name '${String(name)}'.`);
  }
  if (typeof type === 'string' && isComplexType(type)) return complexField(name, type, raw, profiles);
  const base = typeof type === 'string' ? /^(?:Collection\()?(Edm\.\w+)\)?$/.exec(type)?.[1] : undefined;
  const vector = typeof type === 'string' && isVectorType(type);
  if (typeof type !== 'string' || !(vector || scalarTypes.includes(base ?? ''))) {
    throw broken(`Field '${name}' has the type '${String(type)}', which this emulator does not hold.`);
  }
  const flag = (property: string, absent: boolean): boolean => {
    const value = raw[property];
    if (value !== undefined && value !== null && typeof value !== 'boolean') {
      throw broken(`'${property}' of field '${name}' must be a boolean.`);
    }
    return value ?? absent;
  };
  const collection = isCollectionType(type);
  const field: FieldDefinition = {
    name,
    type,
    searchable: flag('searchable', isStringType(type) || vector),
    filterable: flag('filterable', !vector),
    retrievable: flag('retrievable', true),
    stored: flag('stored', true),
    sortable: flag('sortable', !collection),
    facetable: flag('facetable', !vector),
    key: flag('key', false),
    analyzer: (raw['analyzer'] as string | undefined) ?? null,
    searchAnalyzer: (raw['searchAnalyzer'] as string | undefined) ?? null,
    indexAnalyzer: (raw['indexAnalyzer'] as string | undefined) ?? null,
    normalizer: (raw['normalizer'] as string | undefined) ?? null,
    dimensions: (raw['dimensions'] as number | undefined) ?? null,
    vectorSearchProfile: (raw['vectorSearchProfile'] as string | undefined) ?? null,
    vectorEncoding: (raw['vectorEncoding'] as string | undefined) ?? null,
    synonymMaps: (raw['synonymMaps'] as string[] | undefined) ?? [],
  };
  if (field.searchable && !isStringType(type) && !vector)
    throw broken(`Field '${name}' cannot be searchable.`);
  if (field.sortable && collection) throw broken(`Field '${name}' is a collection and cannot be sortable.`);
  if (field.analyzer !== null && !(field.searchable && isStringType(type))) {
    throw broken(`Field '${name}' has an analyzer but is not a searchable string.`);
  }
  if (vector) requireVector(field, profiles);
  else if (!field.stored) throw broken(`'stored' can be false for vector fields only (field '${name}').`);
  return field;
}

function complexField(
  name: string,
  type: string,
  raw: JsonObject,
  profiles: ReadonlySet<string>,
): FieldDefinition {
  const fields = raw['fields'];
  if (!Array.isArray(fields) || fields.length === 0)
    throw broken(`The complex field '${name}' has no fields.`);
  const none = {
    searchable: false,
    filterable: false,
    sortable: false,
    facetable: false,
    key: false,
    analyzer: null,
    searchAnalyzer: null,
    indexAnalyzer: null,
    normalizer: null,
    dimensions: null,
    vectorSearchProfile: null,
    vectorEncoding: null,
    synonymMaps: [],
  };
  const nested = fields.map((one) => readField(one as JsonObject, profiles));
  return { name, type, ...none, retrievable: true, stored: true, fields: nested };
}

/** A field as the service returns it: of a complex one, its name, its type and its fields. */
export const shownField = ({ fields, ...field }: FieldDefinition): object =>
  fields === undefined ? field : { name: field.name, type: field.type, fields: fields.map(shownField) };

function requireVector(field: FieldDefinition, profiles: ReadonlySet<string>): void {
  const { name, dimensions } = field;
  if (!Number.isInteger(dimensions) || dimensions! < 2 || dimensions! > 4096) {
    throw broken(`Vector field '${name}' must have 'dimensions' between 2 and 4096.`);
  }
  if (field.vectorSearchProfile === null || !profiles.has(field.vectorSearchProfile)) {
    throw broken(`Vector field '${name}' must name a profile of 'vectorSearch'.`);
  }
  if (field.filterable || field.facetable)
    throw broken(`Vector field '${name}' cannot be filterable or facetable.`);
  if (!field.stored && field.retrievable)
    throw broken(`Field '${name}' is not stored and cannot be retrievable.`);
}

const profilesOf = (raw: unknown): ReadonlySet<string> =>
  new Set(((raw as { profiles?: { name: string }[] } | undefined)?.profiles ?? []).map((one) => one.name));

interface Semantic {
  configurations?: {
    name: string;
    prioritizedFields?: Record<string, { fieldName: string } | { fieldName: string }[] | null>;
  }[];
}

function requireSemanticFields(raw: unknown, fields: readonly FieldDefinition[]): void {
  for (const configuration of (raw as Semantic | null | undefined)?.configurations ?? []) {
    for (const named of Object.values(configuration.prioritizedFields ?? {})) {
      for (const { fieldName } of Array.isArray(named) ? named : named ? [named] : []) {
        const field = fields.find((one) => one.name === fieldName);
        if (!field?.searchable || !isStringType(field.type)) {
          throw broken(
            `Semantic configuration '${configuration.name}' names '${fieldName}', which is not a searchable string.`,
          );
        }
      }
    }
  }
}

const fixed = [
  'type',
  'key',
  'searchable',
  'filterable',
  'sortable',
  'facetable',
  'stored',
  'analyzer',
  'indexAnalyzer',
  'normalizer',
  'dimensions',
  'vectorSearchProfile',
  'vectorEncoding',
] as const;

/** What cannot change in place: https://learn.microsoft.com/azure/search/search-howto-reindex */
export function requireCompatible(existing: IndexDefinition, wanted: IndexDefinition): void {
  const changed = existing.fields.filter((field) => {
    const next = wanted.fields.find((one) => one.name === field.name);
    return next === undefined || fixed.some((attribute) => next[attribute] !== field[attribute]);
  });
  const known = new Set(existing.fields.map((field) => field.name));
  const unstored = wanted.fields.find((field) => !field.stored && !known.has(field.name));
  if (unstored)
    throw broken(`'stored' of the new field '${unstored.name}' can be false only in a new index.`);
  if (changed.length === 0) return;
  const messages = changed.map((field) => `Existing field '${field.name}' cannot be changed.`);
  throw new Refusal(
    400,
    'OperationNotAllowed',
    messages.join(' '),
    messages.map((message) => ({
      code: 'CannotChangeExistingField',
      message: `${message} Parameters: definition`,
    })),
  );
}
