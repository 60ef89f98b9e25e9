import type { Json } from '../../contract/json.ts';
import type { QuarantinePayload } from '../catalog.ts';
import { isDeeper, maxDepth } from './record-text.ts';

/** Bytes of JSON kept of one entry. */
export const maxPayloadBytes = 64 * 1024;

/** No JSON begins like this. */
const cutMark = /^cut (\d+) /;

/** As it is stored: JSON; of what is larger, or nested too deep to be walked, the beginning as text, behind how many bytes there were. */
export function encodePayload(payload: Json | undefined): string | null {
  if (payload === undefined) return null;
  const text = toText(payload);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxPayloadBytes && !isDeeper(payload, maxDepth)) return text;
  const beginning = Buffer.from(text)
    .subarray(0, maxPayloadBytes)
    .toString()
    .replace(/\uFFFD$/, '');
  return `cut ${bytes} ${beginning}`;
}

/** Stringifying what is nested too deep exhausts the stack. */
function toText(payload: Json): string {
  try {
    return JSON.stringify(payload);
  } catch {
    return '"(cannot be written as JSON)"';
  }
}

export function decodePayload(stored: string): QuarantinePayload {
  const cut = cutMark.exec(stored);
  return cut
    ? { cut: stored.slice(cut[0].length), bytes: Number(cut[1]) }
    : { content: JSON.parse(stored) as Json };
}
