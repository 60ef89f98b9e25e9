import { hash } from 'node:crypto';
import type { Json, JsonObject } from '../../contract/json.ts';

export const maxKeyLength = 512;
/** Deeper values exhaust the stack of whoever walks them. */
export const maxDepth = 500;

/** Why a record cannot be stored, if so. SQLite would take two keys of half surrogate pairs for one. */
export function refusal(record: { readonly key: string; readonly data: JsonObject }): string | undefined {
  if (typeof record.key !== 'string' || record.key === '') return 'the record has no key';
  if (record.key.length > maxKeyLength) return `the key is longer than ${maxKeyLength} characters`;
  if (!record.key.isWellFormed()) return 'the key is not well-formed Unicode';
  return isDeeper(record.data, maxDepth) ? `a value is nested deeper than ${maxDepth} levels` : undefined;
}

export function isDeeper(value: Json | undefined, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const member of Object.values(value)) if (isDeeper(member, levels - 1)) return true;
  return false;
}

/** The name of a key in the quarantine, whatever the key is. */
export const shortKey = (key: string): string =>
  (key.length > maxKeyLength ? `${key.slice(0, 64)}…` : key).toWellFormed();

/** SHA-256 over the record as it arrived: a source that reorders its keys costs a composition, never a wrong result. */
const hashOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22);

const texts = new WeakMap<object, { text: string; hash: string }>();

export function textOf(record: { readonly data: JsonObject }): { text: string; hash: string } {
  let made = texts.get(record);
  if (!made) {
    const text = JSON.stringify(record.data);
    made = { text, hash: hashOf(text) };
    texts.set(record, made);
  }
  return made;
}
