import fc from 'fast-check';
import { parsers } from 'prettier/plugins/markdown';
import { describe, expect, it } from 'vitest';
import { escapeMarkdown, oneLine, tidyLines } from '../../../core/documents/markdown.ts';

interface SyntaxNode {
  readonly type: string;
  readonly children?: readonly SyntaxNode[];
}
const harmless = new Set(
  'root paragraph text sentence word whitespace break delete emphasis strong'.split(' '),
);

async function nodeTypes(text: string): Promise<Set<string>> {
  const options = { originalText: text } as Parameters<typeof parsers.markdown.parse>[1];
  const types = new Set<string>();
  const visit = (node: SyntaxNode): void => {
    types.add(node.type);
    node.children?.forEach(visit);
  };
  visit((await parsers.markdown.parse(text, options)) as SyntaxNode);
  return types;
}

describe('record text in Markdown', () => {
  it.each([
    ['# Board decision', '\\# Board decision'],
    ['ok\n## Forged', 'ok\n\\## Forged'],
    ['ok\r## Forged', 'ok\n\\## Forged'],
    ['   ### Forged', '\\### Forged'],
    ['Forged\n===', 'Forged\n\\==='],
    ['Forged\n---', 'Forged\n\\---'],
    ['Forged\n\t-  ', 'Forged\n\\-  '],
    ['[click](https://evil.example)', '\\[click\\](https://evil.example)'],
    ['![x](y)', '!\\[x\\](y)'],
    ['<a href="x">', '\\<a href="x">'],
    ['- item\n1. one\n2) two\n+ x\n* y', '\\- item\n1\\. one\n2\\) two\n\\+ x\n\\* y'],
    ['> quote', '\\> quote'],
    ['```\ncode', '\\`\\`\\`\ncode'],
    ['~~~\ncode', '\\~~~\ncode'],
    ['    code', 'code'],
    ['a | b', 'a \\| b'],
    ['back\\[slash', 'back\\\\\\[slash'],
  ])('%j becomes %j', (text, wanted) => {
    expect(escapeMarkdown(text)).toBe(wanted);
  });

  it.each([
    'Acme Inc.',
    'ada_lovelace@example.com',
    '#1 vendor',
    '-5 %',
    '2026-01-15',
    '1.5 million',
    'https://a.b/c',
  ])('leaves %s as it is, so that it can be found', (text) => {
    expect(escapeMarkdown(text)).toBe(text);
  });

  it('opens no block and no link, whatever the text is, as a Markdown parser sees it', async () => {
    const nasty = fc.array(fc.constantFrom(...'#=-+*>_~`[]()<!|\\\n\r\t 1.a:&'), { maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(nasty, async (characters) => {
        const escaped = escapeMarkdown(characters.join(''));
        expect([...(await nodeTypes(escaped))].filter((type) => !harmless.has(type))).toEqual([]);
      }),
      { seed: 8, numRuns: 3000 },
    );
  });

  it('is judged by a parser that sees headings and links where they are', async () => {
    expect([...(await nodeTypes('# a\n\n[b](c) <i>\n\n- d'))]).toEqual(
      expect.arrayContaining(['heading', 'link', 'html', 'list']),
    );
  });

  it('is brought to one line, and blank lines to one', () => {
    expect(oneLine(' a\r\n b\u00a0 c ')).toBe('a b c');
    expect(oneLine('a b')).toBe('a b');
    expect(tidyLines('\r\na\r\n\r\n \n\n\nb  \nc\n\n')).toBe('a\n\nb  \nc');
  });
});
