import { z } from 'zod';
import type { core } from 'zod';
import { isSection } from './path.ts';
import type { Path } from './path.ts';
import { likeliestGroup } from './union.ts';

export interface SchemaVisitor {
  /** A key that no schema at this place knows; `known` are those that one does. */
  unknownKey?(path: Path, known: readonly string[]): void;
  /** A value of a field marked `secret()`. */
  secret?(path: Path, value: unknown): void;
}

/**
 * Visits a value side by side with its zod schema. Unlike parsing, it finds unknown keys whether or not the schema
 * is strict, also behind unions, intersections, defaults and transforms. Keys of records and loose objects are known.
 */
export function walkSchema(
  schema: core.$ZodType,
  value: unknown,
  visitor: SchemaVisitor,
  base: Path = [],
  alsoKnown: readonly string[] = [],
): void {
  visit([schema], value, base, alsoKnown);

  function visit(
    schemas: readonly core.$ZodType[],
    current: unknown,
    path: Path,
    also: readonly string[],
  ): void {
    const views = schemas.flatMap((one) => unwrap(one, current));
    if (views.some(({ isSecret }) => isSecret)) visitor.secret?.(path, current);
    if (Array.isArray(current)) {
      for (const [index, item] of current.entries()) {
        const inner = views.flatMap(({ definition }) => itemSchemas(definition, index));
        if (inner.length > 0) visit(inner, item, [...path, index], []);
      }
    }
    if (!isSection(current)) return;
    const known = new Set(also);
    let isOpen = true;
    for (const { definition } of views) {
      if (definition.type !== 'object') continue;
      isOpen = false;
      for (const key of Object.keys(definition.shape)) known.add(key);
    }
    for (const [key, item] of Object.entries(current)) {
      const inner = views.flatMap(({ definition }) => keySchemas(definition, key));
      if (inner.length > 0) visit(inner, item, [...path, key], []);
      else if (!isOpen && !known.has(key)) visitor.unknownKey?.([...path, key], [...known]);
    }
  }
}

type Definition = core.$ZodTypes['_zod']['def'];
interface View {
  readonly definition: Definition;
  readonly isSecret: boolean;
}

/** The schemas that decide about the value, below every wrapper. */
function unwrap(schema: core.$ZodType, value: unknown, depth = 0): readonly View[] {
  const definition = (schema as core.$ZodTypes)._zod.def;
  const isSecret = z.globalRegistry.get(schema)?.['secret'] === true;
  const inner = depth < 64 ? innerSchemas(definition, value) : [];
  const views = inner.flatMap((one) => unwrap(one, value, depth + 1));
  if (inner.length === 0) return [{ definition, isSecret }];
  return isSecret ? views.map((view) => ({ ...view, isSecret })) : views;
}

function innerSchemas(definition: Definition, value: unknown): readonly core.$ZodType[] {
  switch (definition.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
    case 'promise':
      return [definition.innerType];
    case 'lazy':
      return [definition.getter()];
    case 'pipe':
      return [
        (definition.in as core.$ZodTypes)._zod.def.type === 'transform' ? definition.out : definition.in,
      ];
    case 'intersection':
      return [definition.left, definition.right];
    case 'union':
      return chosen(definition.options, value);
    default:
      return [];
  }
}

function chosen(options: readonly core.$ZodType[], value: unknown): readonly core.$ZodType[] {
  const groups: (readonly core.$ZodIssue[])[] = [];
  for (const option of options) {
    try {
      const result = z.safeParse(option, value);
      if (result.success) return [option];
      groups.push(result.error.issues);
    } catch {
      // An asynchronous or throwing check: parsing reports it, the keys are judged as if it had passed.
      groups.push([]);
    }
  }
  const best = options[likeliestGroup(groups, value)];
  return best === undefined ? [] : [best];
}

function itemSchemas(definition: Definition, index: number): readonly core.$ZodType[] {
  if (definition.type === 'array') return [definition.element];
  if (definition.type !== 'tuple') return [];
  const item = definition.items[index] ?? definition.rest;
  return item === null || item === undefined ? [] : [item];
}

function keySchemas(definition: Definition, key: string): readonly core.$ZodType[] {
  if (definition.type === 'record') return [definition.valueType];
  if (definition.type !== 'object') return [];
  const own = Object.hasOwn(definition.shape, key) ? definition.shape[key] : undefined;
  if (own !== undefined) return [own];
  const rest = definition.catchall as core.$ZodTypes | undefined;
  return rest === undefined || rest._zod.def.type === 'never' ? [] : [rest];
}
