import {
  isCollectionType,
  isVectorType,
  type FieldDefinition,
  type IndexDefinition,
} from './index-definition.ts';
import { Refusal, type RefusalDetail } from './refusal.ts';

export type ActionName = 'upload' | 'merge' | 'mergeOrUpload' | 'delete';
export type StoredDocument = Record<string, unknown>;
export interface IndexingAction {
  readonly action: ActionName;
  readonly key: string;
  /** Only the properties that were sent, values normalised; null where null was sent. */
  readonly document: StoredDocument;
}

const actionNames: readonly string[] = ['upload', 'merge', 'mergeOrUpload', 'delete'];
const maxActions = 1000;
/** https://learn.microsoft.com/azure/search/search-limits-quotas-capacity */
export const maxTermBytes = 32_766;

const invalid = (message: string): Refusal =>
  new Refusal(400, '', `The request is invalid. Details: actions : ${message}\r\n`);

/** What fails here fails the whole batch, as at the service: it happens while the request is read. */
export function readActions(body: unknown, index: IndexDefinition, apiVersion: string): IndexingAction[] {
  const value = (body as { value?: unknown } | null)?.value;
  if (!Array.isArray(value)) throw invalid('The parameter cannot be null or empty.');
  if (value.length === 0 || value.length > maxActions) {
    throw new Refusal(
      400,
      'InvalidRequestParameter',
      `The request is invalid. Details: actions : The items collection must have from 1 to ${maxActions} valid items to be indexed.`,
    );
  }
  const fields = fieldMap(index);
  const keyName = index.fields.find((field) => field.key)!.name;
  const bad: RefusalDetail[] = [];
  const actions = value.map((raw: unknown, ordinal): IndexingAction => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      throw invalid('A JSON object was expected.');
    const action = String((raw as StoredDocument)['@search.action'] ?? 'upload');
    if (!actionNames.includes(action)) throw invalid(`'${action}' is not a known indexing action.`);
    const document: StoredDocument = {};
    for (const name in raw) {
      if (name === '@search.action') continue;
      const field = fields.get(name);
      if (!field) throw unknownProperty(name, apiVersion);
      document[name] = normalise((raw as StoredDocument)[name], field);
    }
    const key = document[keyName];
    const fault = keyFault(key);
    if (fault) bad.push({ code: fault.code, message: `${ordinal}: ${fault.message}` });
    return { action: action as ActionName, key: key as string, document };
  });
  if (bad.length > 0) throw badKeys(bad);
  return actions;
}

function unknownProperty(name: string, apiVersion: string): Refusal {
  const text = name.startsWith('@')
    ? `The annotation '${name}' is not supported here.`
    : `The property '${name}' does not exist on type 'search.documentFields' or is not present in the API version '${apiVersion}'. Make sure to only use property names that are defined by the type.`;
  return invalid(text);
}

function badKeys(bad: readonly RefusalDetail[]): Refusal {
  return new Refusal(
    400,
    'OperationNotAllowed',
    `The request is invalid. Details: actions : ${bad.map((one) => one.message).join(' ')}`,
    bad.map((one) => ({ code: one.code, message: `${one.message} Parameters: actions` })),
  );
}

function keyFault(key: unknown): RefusalDetail | undefined {
  if (typeof key !== 'string' || key === '') {
    return { code: 'MissingKeyField', message: 'Document key cannot be missing or empty.' };
  }
  const fault = (why: string): RefusalDetail => ({
    code: 'InvalidDocumentKey',
    message: `Invalid document key: '${key.slice(0, 80)}'. ${why}`,
  });
  if (key.length > 1024) return fault('Keys cannot be longer than 1024 characters.');
  if (key.startsWith('_')) return fault('Keys cannot start with a leading underscore.');
  if (!/^[A-Za-z0-9_=-]+$/.test(key)) {
    return fault('Keys can only contain letters, digits, underscore (_), dash (-), or equal sign (=).');
  }
  return undefined;
}

const fieldMaps = new WeakMap<IndexDefinition, Map<string, FieldDefinition>>();
export function fieldMap(index: IndexDefinition): ReadonlyMap<string, FieldDefinition> {
  let map = fieldMaps.get(index);
  if (!map) fieldMaps.set(index, (map = new Map(index.fields.map((field) => [field.name, field]))));
  return map;
}

function normalise(value: unknown, field: FieldDefinition): unknown {
  const { type, name } = field;
  if (value === null) return null;
  if (isVectorType(type)) return vector(value, field);
  if (!isCollectionType(type)) return field.fields ? complex(value, field) : scalar(value, type);
  if (!Array.isArray(value)) {
    throw invalid(
      `An unexpected 'PrimitiveValue' node was found when reading from the JSON reader. A 'StartArray' node was expected (property '${name}').`,
    );
  }
  const element = type.slice('Collection('.length, -1);
  return value.map((one) => {
    if (one === null)
      throw invalid(`A null value was found in the collection '${name}', which does not allow it.`);
    return field.fields ? complex(one, field) : scalar(one, element);
  });
}

function complex(value: unknown, { name, fields = [] }: FieldDefinition): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(
      `An unexpected 'PrimitiveValue' node was found when reading from the JSON reader. A 'StartObject' node was expected (property '${name}').`,
    );
  const known = new Map(fields.map((field) => [field.name, field]));
  return Object.fromEntries(
    Object.entries(value).map(([property, one]) => {
      const field = known.get(property);
      if (!field)
        throw invalid(`The property '${property}' does not exist on type 'search.complex.${name}'.`);
      return [property, normalise(one, field)];
    }),
  );
}

function scalar(value: unknown, type: string): unknown {
  const wrong = (): Refusal =>
    typeof value === 'object'
      ? invalid(
          `An unexpected '${Array.isArray(value) ? 'StartArray' : 'StartObject'}' node was found when reading from the JSON reader. A 'PrimitiveValue' node was expected.`,
        )
      : invalid(`Cannot convert the literal '${String(value).slice(0, 80)}' to the expected type '${type}'.`);
  switch (type) {
    case 'Edm.String':
      if (typeof value !== 'string') throw wrong();
      return value;
    case 'Edm.Boolean':
      if (typeof value !== 'boolean') throw wrong();
      return value;
    case 'Edm.Double':
      if (typeof value !== 'number' && !['NaN', 'INF', '-INF'].includes(value as string)) throw wrong();
      return value;
    case 'Edm.Int32':
      if (!Number.isInteger(value) || Math.abs(value as number) > 2 ** 31 - 1) throw wrong();
      return value;
    case 'Edm.Int64':
      if (!Number.isInteger(value)) throw wrong();
      return value;
    default:
      return instant(value, wrong);
  }
}

const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Kept in UTC, the zone is lost; a fraction stands only where there is one. */
function instant(value: unknown, wrong: () => Refusal): string {
  if (typeof value !== 'string' || !instantPattern.test(value)) throw wrong();
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw wrong();
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function vector(value: unknown, { name, dimensions }: FieldDefinition): unknown {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'number' && Number.isFinite(one))) {
    throw invalid(`An array of numbers was expected for the vector field '${name}'.`);
  }
  if (value.length !== dimensions) {
    throw invalid(
      `The vector field '${name}', with dimension '${String(dimensions)}', expects a length of '${String(dimensions)}'. However, the provided vector has a length of '${value.length}'.`,
    );
  }
  return value;
}

/** What fails here fails one document: https://learn.microsoft.com/azure/search/search-how-to-load-search-index */
export function documentFault(document: StoredDocument, index: IndexDefinition): string | undefined {
  for (const field of index.fields) {
    if (!(field.filterable || field.sortable || field.facetable)) continue;
    const value = document[field.name];
    const tooLong = Array.isArray(value) ? value.some(exceedsTerm) : exceedsTerm(value);
    if (tooLong) {
      return `Field '${field.name}' contains a term that is too large to process. The max length for UTF-8 encoded terms is ${maxTermBytes} bytes. The most likely cause of this error is that filtering, sorting, and/or faceting are enabled on this field, which causes the entire field value to be indexed as a single term. Please avoid the use of these options for large fields.`;
    }
  }
  return undefined;
}

const exceedsTerm = (value: unknown): boolean =>
  typeof value === 'string' && value.length * 3 > maxTermBytes && Buffer.byteLength(value) > maxTermBytes;
