export interface ChunkOptions {
  /** UTF-16 units, as `length` counts them. */
  readonly maxCharacters: number;
  readonly overlap: number;
}

/** Where Markdown may be cut, the best places first; the last resort is between two characters. */
const cuts = [
  '\n## ',
  '\n### ',
  '\n#### ',
  '\n##### ',
  '\n###### ',
  '```\n\n',
  '\n\n***\n\n',
  '\n\n---\n\n',
  '\n\n___\n\n',
  '\n\n',
  '\n',
  ' ',
  '',
];

/**
 * Passages of a Markdown text, none longer than `maxCharacters`: the ones that `MarkdownTextSplitter` of
 * `@langchain/textsplitters` makes, but at once, since a destination has to say what it will send before it sends it;
 * and never with half a character at an end.
 */
export function chunkMarkdown(text: string, options: ChunkOptions): readonly string[] {
  if (text.length <= options.maxCharacters) return [text];
  const chunks = split(text, 0, options);
  return chunks.length === 0 ? [''] : chunks;
}

function split(text: string, from: number, options: ChunkOptions): string[] {
  const found = cuts.findIndex((cut, at) => at >= from && (cut === '' || text.includes(cut)));
  const pieces = cuts[found] === '' ? [...text] : splitBefore(text, cuts[found]!);
  const chunks: string[] = [];
  let small: string[] = [];
  const pack = (): void => {
    if (small.length > 0) chunks.push(...merge(small, options));
    small = [];
  };
  for (const piece of pieces) {
    if (piece.length < options.maxCharacters) {
      small.push(piece);
      continue;
    }
    pack();
    chunks.push(...split(piece, found + 1, options));
  }
  pack();
  return chunks;
}

/** The separator stays at the head of the piece that it opens. */
function splitBefore(text: string, cut: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  for (let at = text.indexOf(cut, 1); at >= 0; at = text.indexOf(cut, at + 1)) {
    pieces.push(text.slice(start, at));
    start = at;
  }
  pieces.push(text.slice(start));
  return pieces.filter((piece) => piece !== '');
}

/** Fills chunks one after the other; each begins with the last pieces of the one before, as far as the overlap allows. */
function merge(pieces: readonly string[], { maxCharacters, overlap }: ChunkOptions): string[] {
  const chunks: string[] = [];
  const keep = (some: readonly string[]): void => {
    const chunk = some.join('').trim();
    if (chunk !== '') chunks.push(chunk);
  };
  const current: string[] = [];
  let total = 0;
  for (const piece of pieces) {
    if (total + piece.length > maxCharacters && current.length > 0) {
      keep(current);
      while (total > overlap || (total + piece.length > maxCharacters && total > 0)) {
        total -= current.shift()!.length;
      }
    }
    current.push(piece);
    total += piece.length;
  }
  keep(current);
  return chunks;
}
