import type { QuarantinePayload } from '../../core/catalog/index.ts';
import { formatCount } from '../../core/observe/format.ts';
import type { Palette } from '../../core/observe/palette.ts';

/** What failed, as JSON; or why there is nothing to show. */
export function renderPayload(
  payload: QuarantinePayload | undefined,
  isKept: boolean,
  { dim }: Palette,
): string {
  if (!payload) {
    return dim(
      isKept
        ? '    Nothing of it was kept.'
        : '    Nothing of it is kept: catalog.quarantinePayload is not set. From the next failure on it would be.',
    );
  }
  if ('content' in payload) return indented(JSON.stringify(payload.content, null, 2));
  const shown = Buffer.byteLength(payload.cut);
  const rest = `… the first ${formatCount(shown)} of ${formatCount(payload.bytes)} bytes`;
  return [indented(payload.cut), ...(shown < payload.bytes ? [dim(`    ${rest}`)] : [])].join('\n');
}

const indented = (text: string): string => harmless(text).replace(/^/gm, '    ');

/** JSON escapes only some of the characters that a terminal obeys. */
const harmless = (text: string): string =>
  text.replace(
    /[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
