import { valueAt } from '../../../core/config/path.ts';

type Schema = Readonly<Record<string, unknown>>;
const typeOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'array'
      : Number.isInteger(value)
        ? 'integer'
        : typeof value;

/** Judges a value by the keywords of JSON Schema that the description of the configuration uses; another one throws. */
export function isValid(root: Schema, value: unknown, schema: Schema = root): boolean {
  const valid = (inner: unknown, other = value) =>
    typeof inner === 'boolean' ? inner : isValid(root, other, inner as Schema);
  const section = typeOf(value) === 'object' ? (value as Record<string, unknown>) : undefined;
  const items = Array.isArray(value) ? value : undefined;
  const text = typeof value === 'string' ? value : undefined;
  const rules: Readonly<Record<string, (keyword: never) => boolean>> = {
    type: (type: string) => typeOf(value) === type || (type === 'number' && typeOf(value) === 'integer'),
    enum: (values: readonly unknown[]) => values.includes(value),
    const: (constant: unknown) => constant === value,
    pattern: (pattern: string) => text === undefined || new RegExp(pattern, 'u').test(text),
    format: (format: string) => text === undefined || format !== 'uri' || URL.canParse(text),
    minLength: (least: number) => text === undefined || text.length >= least,
    maxLength: (most: number) => text === undefined || text.length <= most,
    minimum: (least: number) => typeof value !== 'number' || value >= least,
    maximum: (most: number) => typeof value !== 'number' || value <= most,
    minItems: (least: number) => items === undefined || items.length >= least,
    items: (inner: unknown) => items === undefined || items.every((item) => valid(inner, item)),
    required: (keys: readonly string[]) =>
      section === undefined || keys.every((key) => Object.hasOwn(section, key)),
    properties: (inner: Schema) =>
      Object.entries(section ?? {}).every(
        ([key, item]) => !Object.hasOwn(inner, key) || valid(inner[key], item),
      ),
    additionalProperties: (inner: unknown) => {
      const known = Object.keys((schema['properties'] as Schema | undefined) ?? {});
      return Object.entries(section ?? {}).every(([key, item]) => known.includes(key) || valid(inner, item));
    },
    propertyNames: (inner: unknown) => Object.keys(section ?? {}).every((key) => valid(inner, key)),
    anyOf: (options: readonly unknown[]) => options.some((option) => valid(option)),
    allOf: (options: readonly unknown[]) => options.every((option) => valid(option)),
    not: (inner: unknown) => !valid(inner),
    if: (inner: unknown) => !valid(inner) || valid(schema['then']),
    $ref: (reference: string) => valid(valueAt(root, reference.replace('#/', '').split('/'))),
  };
  const notes = ['$schema', 'title', 'description', 'default', 'definitions', 'then'];
  return Object.entries(schema).every(([keyword, setting]) => {
    if (notes.includes(keyword)) return true;
    const rule = rules[keyword];
    if (rule === undefined) throw new Error(`the check does not know the keyword ${keyword}`);
    return rule(setting as never);
  });
}
