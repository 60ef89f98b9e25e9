import { MarkdownTextSplitter } from '@langchain/textsplitters';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkMarkdown } from '../../../connectors/azure-ai-search/chunk-markdown.ts';

const word = fc.constantFrom(
  'Acme',
  'renews',
  'in',
  'spring.',
  'x'.repeat(70),
  'Ünïcode',
  '€1,000',
  '|',
  '- item',
);
const separator = fc.constantFrom(' ', ' ', ' ', '\n', '\n\n', '\n## ', '\n### ', '```\n\n', '\n\n---\n\n');
const markdown = fc
  .array(fc.tuple(word, separator), { maxLength: 120 })
  .map((parts) => parts.flat().join(''));
const options = fc
  .record({
    maxCharacters: fc.integer({ min: 20, max: 400 }),
    share: fc.double({ min: 0, max: 0.6, noNaN: true }),
  })
  .map(({ maxCharacters, share }) => ({ maxCharacters, overlap: Math.floor(maxCharacters * share) }));

describe('passages of a document', () => {
  it('are the ones that LangChain makes of the same Markdown', async () => {
    await fc.assert(
      fc.asyncProperty(markdown, options, async (text, { maxCharacters, overlap }) => {
        if (text.length <= maxCharacters) return;
        const splitter = new MarkdownTextSplitter({ chunkSize: maxCharacters, chunkOverlap: overlap });
        const expected = await splitter.splitText(text);
        expect(chunkMarkdown(text, { maxCharacters, overlap })).toEqual(
          expected.length > 0 ? expected : [''],
        );
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  it('lose no word, keep their order and are never too long', () => {
    const numbered = fc
      .array(separator, { maxLength: 120 })
      .map((separators) => separators.map((one, at) => `word${at}.${one}`).join(''));
    fc.assert(
      fc.property(numbered, options, (text, settings) => {
        const chunks = chunkMarkdown(text, settings);
        const words = chunks.flatMap((chunk) =>
          [...chunk.matchAll(/word(\d+)\./g)].map(([, at]) => Number(at)),
        );
        const first = words.filter((one, at) => words.indexOf(one) === at);
        expect(first).toEqual([...text.matchAll(/word(\d+)\./g)].map((_, at) => at));
        expect(chunks.every((chunk) => chunk.length <= settings.maxCharacters && text.includes(chunk))).toBe(
          true,
        );
        if (settings.overlap === 0) expect(words).toEqual(first);
      }),
      { numRuns: 500, seed: 12 },
    );
  });

  it('leave a short text as it is, and never cut a character in two', () => {
    expect(chunkMarkdown(' short \n', { maxCharacters: 20, overlap: 5 })).toEqual([' short \n']);
    expect(chunkMarkdown('', { maxCharacters: 20, overlap: 5 })).toEqual(['']);
    expect(chunkMarkdown(' '.repeat(50), { maxCharacters: 20, overlap: 5 })).toEqual(['']);
    const chunks = chunkMarkdown('😀'.repeat(100), { maxCharacters: 21, overlap: 3 });
    expect(chunks.every((chunk) => chunk.isWellFormed())).toBe(true);
    expect(chunks.every((chunk) => chunk.length <= 21)).toBe(true);
  });

  it('begin with their own heading, so that a section stands together', () => {
    const text = [
      '# Acme',
      ...['Owner', 'Cases', 'Usage'].map((one) => `## ${one} of Acme\n\n${`${one} text. `.repeat(8)}`),
    ].join('\n');
    const chunks = chunkMarkdown(text, { maxCharacters: 130, overlap: 0 });
    expect(chunks.map((chunk) => chunk.split('\n').find((line) => line.startsWith('## ')))).toEqual([
      '## Owner of Acme',
      '## Cases of Acme',
      '## Usage of Acme',
    ]);
  });
});
