import type { EmbeddingsInterface } from '@langchain/core/embeddings';

/** Names what makes two vectors comparable; changes whenever the vectors do. */
export const offlineModel = 'offline-words-1';

/**
 * Embeddings without a model, for tests, demos and machines without a network: a text's words, their beginnings and
 * their letters in threes, hashed into a vector of length one. Texts that share words lie near each other; that is all.
 * The same text gives the same vector on every machine.
 */
export function createOfflineEmbeddings(dimensions: number): EmbeddingsInterface {
  const embed = (text: string): number[] => {
    const vector = new Float64Array(dimensions);
    const add = (feature: string, weight: number): void => {
      const code = hashOf(feature);
      const at = code % dimensions;
      vector[at] = vector[at]! + ((code >>> 31) & 1 ? -weight : weight);
    };
    for (const [word] of text
      .normalize('NFKC')
      .toLowerCase()
      .matchAll(/[\p{L}\p{N}]+/gu)) {
      add(`=${word}`, 1);
      add(`^${word.slice(0, 4)}`, 0.5);
      for (let at = 0; at + 3 <= word.length; at++) add(word.slice(at, at + 3), 0.25);
    }
    const length = Math.hypot(...vector);
    if (length === 0) return Array.from(vector, (_, at) => (at === 0 ? 1 : 0));
    return Array.from(vector, (one) => one / length);
  };
  return {
    embedDocuments: async (texts) => texts.map(embed),
    embedQuery: async (text) => embed(text),
  };
}

/** FNV-1a over UTF-16 units, then mixed so that every bit counts. */
function hashOf(text: string): number {
  let code = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) code = Math.imul(code ^ text.charCodeAt(at), 0x01000193);
  code = Math.imul(code ^ (code >>> 16), 0x85ebca6b);
  return (code ^ (code >>> 13)) >>> 0;
}
