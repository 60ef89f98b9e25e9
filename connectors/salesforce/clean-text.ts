const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  euro: '€',
  pound: '£',
  copy: '©',
  reg: '®',
  trade: '™',
};

/** Text as people read it: line ends as line feeds, no other control characters. */
export const cleanText = (text: string): string =>
  /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)
    ? text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    : text;

/** What a tag means for the text around it. */
const breaks: Readonly<Record<string, string>> = {
  li: '\n- ',
  '/li': '\n',
  br: '\n',
  '/tr': '\n',
  ...Object.fromEntries(
    [
      'p',
      'div',
      'h1',
      'h2',
      'h3',
      'h4',
      'h5',
      'h6',
      'ul',
      'ol',
      'table',
      'blockquote',
      'pre',
      'hr',
      'section',
    ].flatMap((name) => [
      [name, '\n\n'],
      [`/${name}`, '\n\n'],
    ]),
  ),
};
const silent = new Set(['script', 'style', 'title']);

/**
 * What a rich text field says, without its mark-up: paragraphs and rows on lines of their own, list items behind a dash,
 * cells behind a bar, pictures by their description, links by their text. Scripts and styles say nothing. One pass,
 * however broken the mark-up is.
 */
export function htmlToText(html: string): string {
  let text = '';
  let cells = 0;
  for (let at = 0; at < html.length;) {
    const open = html.indexOf('<', at);
    text += plainOf(html.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    if (html.startsWith('<!--', open)) {
      at = after(html, '-->', open);
      continue;
    }
    tagName.lastIndex = open + 1;
    const name = tagName.exec(html)?.[0].toLowerCase();
    if (name === undefined) {
      text += '<';
      at = open + 1;
      continue;
    }
    at = after(html, '>', open);
    if (silent.has(name)) at = after(html, '>', endOf(html, name, at));
    if (name === 'tr') cells = 0;
    if ((name === 'td' || name === 'th') && cells++ > 0) text += ' | ';
    if (name === 'img') text += ` ${plainOf(altOf(html.slice(open, at)))} `;
    text += breaks[name] ?? '';
  }
  return cleanText(text)
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/\n\n(?=- )/g, '\n')
    .trim();
}

const tagName = /\/?[a-z][a-z0-9]*/iy;

/** What is not closed has no end: the rest belongs to it. */
function after(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from);
  return found < 0 ? html.length : found + end.length;
}

function endOf(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index ?? html.length;
}

const altOf = (tag: string): string =>
  /\salt\s?=\s?(?:"([^"]*)"|'([^']*)')/i.exec(tag)?.slice(1).join('') ?? '';

const plainOf = (text: string): string =>
  text.replace(/[\t\n\f\r ]+/g, ' ').replace(/&(#x?[0-9a-f]{1,8}|[a-z]{1,8});/gi, decodeEntity);

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  const usable = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return usable ? String.fromCodePoint(code) : '';
}
