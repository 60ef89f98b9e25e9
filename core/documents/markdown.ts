/**
 * Text of a record as plain Markdown text: it cannot open a heading, list, quote, rule, fence, table, link, image or
 * HTML. Only what could is escaped, so that names, amounts and addresses stay searchable as they are written.
 * https://spec.commonmark.org/0.31.2/#backslash-escapes
 */
export function escapeMarkdown(text: string): string {
  if (!special.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[\\`*[\]<|]/g, '\\$&')
    .replace(/^[ \t]+/gm, '')
    .replace(/^(?:#{1,6}(?=[ \t]|$)|>|[-+](?=[ \t]|$)|[-_=~:]+(?=[-_=~: \t]*$)|~~~)/gm, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=[ \t]|$)/gm, '$1\\$2');
}

const special = /[\\`*[\]<|\r\n]|^[ \t]*(?:[#>\-+_=~:]|\d)|^[ \t]/;

/** One line: every run of white space becomes one space. */
export const oneLine = (text: string): string =>
  /[\s]{2}|[^\S ]|^ | $/.test(text) ? text.replace(/\s+/g, ' ').trim() : text;

/** Line ends unified, no blank lines at either end, never two in a row: what untaken branches of a template leave. */
export const tidyLines = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\n(?:[ \t]*\n){2,}/g, '\n\n')
    .trim();
