import type { StoredDocument } from './document-validation.ts';
import type { IndexDefinition } from './index-definition.ts';
import { invalidExpression, Refusal } from './refusal.ts';
import type { SearchBody } from './search-request.ts';

/** How many of the best results the service ranks once more: https://learn.microsoft.com/azure/search/semantic-search-overview */
export const rerankedResults = 50;

interface Configuration {
  readonly name: string;
  readonly prioritizedFields?: {
    readonly titleField?: { readonly fieldName: string } | null;
    readonly prioritizedContentFields?: readonly { readonly fieldName: string }[];
  };
}

/**
 * A stand-in for the service's language models, which nobody can run here: the score (0 to 4) is the share of the
 * question's words that a result holds, the caption its sentence with most of them. Good for testing what a caller does
 * with scores and captions, not for judging relevance.
 */
export interface SemanticRanker {
  rerank<Row extends { readonly document: StoredDocument }>(
    rows: readonly Row[],
  ): (Row & { score: number })[];
  caption(document: StoredDocument): { text: string; highlights: string } | undefined;
}

export function semanticRanker(body: SearchBody, index: IndexDefinition): SemanticRanker | undefined {
  if (body.queryType !== 'semantic') return undefined;
  if (body.orderby) throw invalidExpression("'orderby' cannot be used with semantic ranking.", '$orderby');
  const configuration = requireConfiguration(body, index);
  const fields = (configuration.prioritizedFields?.prioritizedContentFields ?? []).map(
    (one) => one.fieldName,
  );
  const title = configuration.prioritizedFields?.titleField?.fieldName;
  const words = [...wordsOf(body.semanticQuery ?? body.search ?? '')];
  const share = (text: string): number => {
    const held = wordsOf(text);
    return words.length === 0 ? 0 : words.filter((word) => held.has(word)).length / words.length;
  };
  const textOf = (document: StoredDocument, names: readonly string[]): string =>
    names.map((name) => (typeof document[name] === 'string' ? document[name] : '')).join('\n');
  return {
    rerank: (rows) =>
      rows
        .map((row) => ({
          ...row,
          score: 4 * share(textOf(row.document, [...(title ? [title] : []), ...fields])),
        }))
        .sort((a, b) => b.score - a.score),
    caption(document) {
      if (!body.captions?.startsWith('extractive')) return undefined;
      const sentences = textOf(document, fields)
        .split(/(?<=[.!?])\s+|\n+/)
        .filter((one) => one.trim() !== '');
      const best = sentences.reduce((a, b) => (share(b) > share(a) ? b : a), sentences[0] ?? '');
      return { text: best.trim(), highlights: '' };
    },
  };
}

const wordsOf = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.slice(0, 5)));

function requireConfiguration(body: SearchBody, index: IndexDefinition): Configuration {
  const semantic = index['semantic'] as {
    defaultConfiguration?: string | null;
    configurations?: Configuration[];
  } | null;
  const name = body.semanticConfiguration ?? semantic?.defaultConfiguration;
  const found = semantic?.configurations?.find((one) => one.name === name);
  if (found) return found;
  throw new Refusal(
    400,
    'InvalidRequestParameter',
    `Unknown semantic configuration '${name ?? ''}'.\r\nParameter name: semanticConfiguration`,
    [
      {
        code: 'UnknownSemanticConfiguration',
        message: 'Unknown semantic configuration. Parameters: semanticConfiguration',
      },
    ],
  );
}
