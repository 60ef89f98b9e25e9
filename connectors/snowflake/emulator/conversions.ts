import { cast } from './compile-expression.ts';
import type { Compiled, Scope } from './scope.ts';
import { invalidArguments } from './sql-error.ts';
import { dataTypeName, parseSqlType, type SqlType, type Stored } from './sql-types.ts';

const INSTANTS = ['timestamp_ltz', 'timestamp_tz'];

/**
 * Both sides of a comparison, in one form. Snowflake would convert text silently; here a missing cast is an error, so
 * that none is missing.
 */
export function comparable(name: string, left: Compiled, right: Compiled, scope: Scope): [string, string] {
  const [one, other] = [left.type, right.type];
  if (left.constant?.value === null || right.constant?.value === null) return [left.sql, right.sql];
  if (one.kind === 'fixed' && other.kind === 'fixed') {
    const scale = Math.max(one.scale ?? 0, other.scale ?? 0);
    return [atScale(left, scale, scope).sql, atScale(right, scale, scope).sql];
  }
  if (one.kind === other.kind || (INSTANTS.includes(one.kind) && INSTANTS.includes(other.kind)))
    return [left.sql, right.sql];
  const real = parseSqlType('FLOAT');
  if (one.kind === 'fixed' && other.kind === 'real') return [cast(left, real, scope).sql, right.sql];
  if (one.kind === 'real' && other.kind === 'fixed') return [left.sql, cast(right, real, scope).sql];
  const wall = parseSqlType('TIMESTAMP_NTZ');
  if (one.kind === 'date' && other.kind === 'timestamp_ntz') return [cast(left, wall, scope).sql, right.sql];
  if (one.kind === 'timestamp_ntz' && other.kind === 'date') return [left.sql, cast(right, wall, scope).sql];
  throw invalidArguments(name, [dataTypeName(one), dataTypeName(other)]);
}

const atScale = (value: Compiled, scale: number, scope: Scope): Compiled =>
  value.type.scale === scale ? value : cast(value, { kind: 'fixed', precision: 38, scale }, scope);

/** Several values that stand for one: in one type, numbers at the widest scale. */
export function unify(
  name: string,
  values: readonly Compiled[],
  scope: Scope,
): { type: SqlType; parts: readonly Compiled[] } {
  const typed = values.filter((value) => value.constant?.value !== null);
  const [first] = typed;
  if (!first) return { type: values[0]!.type, parts: values };
  if (typed.every((value) => value.type.kind === 'fixed')) {
    const scale = Math.max(...typed.map((value) => value.type.scale ?? 0));
    const parts = values.map((value) =>
      value.constant?.value === null ? value : atScale(value, scale, scope),
    );
    return { type: { kind: 'fixed', precision: 38, scale }, parts };
  }
  if (typed.some((value) => value.type.kind !== first.type.kind))
    throw invalidArguments(
      name,
      values.map((value) => dataTypeName(value.type)),
    );
  return { type: first.type, parts: values };
}

/** The value inside a document that a path leads to, or null. */
export function readPath(document: Stored, steps: readonly (string | number)[]): Stored {
  if (document === null) return null;
  let value = JSON.parse(String(document)) as unknown;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== (typeof step === 'number'))
      return null;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value === undefined ? null : JSON.stringify(value);
}

const patterns = new Map<string, RegExp>();

/** A LIKE pattern: % for any text, _ for one character. */
export function likePattern(pattern: string, flags: string): RegExp {
  const key = `${flags} ${pattern}`;
  const known = patterns.get(key);
  if (known) return known;
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  const made = new RegExp(`^${source}$`, flags);
  patterns.set(key, made);
  return made;
}
