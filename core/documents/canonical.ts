import { hash } from 'node:crypto';

/**
 * JSON with the keys of every object in the order of their UTF-16 code units and no white space: equal values give
 * equal text, whatever order their keys came in. What is not JSON (undefined) is left out, as `JSON.stringify` does.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined)
      text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** SHA-256 as base64url, 43 characters. https://nodejs.org/api/crypto.html#cryptohashalgorithm-data-options */
export const sha256 = (text: string | Uint8Array): string => hash('sha256', text, 'base64url');
