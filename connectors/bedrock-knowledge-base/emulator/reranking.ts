import type { Generation } from './knowledge-base.ts';
import { invalid } from './replies.ts';
import { isFields, oneOf, text, type Fields } from './validation.ts';

/** Whether the results are to be ranked once more. https://docs.aws.amazon.com/bedrock/latest/userguide/rerank-use.html */
export function checkReranking(search: Fields, generation: Generation): boolean {
  const configuration = search['rerankingConfiguration'];
  if (generation === 'MANAGED') {
    const model = search['rerankingModelType'];
    if (model !== undefined) oneOf(model, 'rerankingModelType', ['CUSTOM', 'MANAGED', 'NONE']);
    if ((model === 'CUSTOM') !== (configuration !== undefined))
      throw invalid('rerankingConfiguration goes with the rerankingModelType CUSTOM.');
    if (configuration !== undefined) checkModel(configuration);
    return model === 'CUSTOM' || model === 'MANAGED';
  }
  if (search['rerankingModelType'] !== undefined)
    throw invalid('rerankingModelType is not supported for a VECTOR knowledge base.');
  if (configuration === undefined) return false;
  checkModel(configuration);
  return true;
}

function checkModel(configuration: unknown): void {
  if (!isFields(configuration)) throw invalid('rerankingConfiguration must be an object.');
  oneOf(configuration['type'], 'rerankingConfiguration.type', ['BEDROCK_RERANKING_MODEL']);
  const bedrock = configuration['bedrockRerankingConfiguration'];
  const model = isFields(bedrock) ? bedrock['modelConfiguration'] : undefined;
  text(isFields(model) ? model['modelArn'] : undefined, 'modelConfiguration.modelArn', 1, 2048, /^arn:/);
}

/** In place of a model: the share of the question's words that the passage holds. */
export function rerank<
  Result extends { readonly content: { readonly text: string }; readonly score: number },
>(results: readonly Result[], question: string): readonly Result[] {
  const words = new Set(question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
  return results
    .map((result) => {
      const held = new Set(result.content.text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
      const shared = [...words].filter((word) => held.has(word)).length;
      return { ...result, score: shared / Math.max(1, words.size) };
    })
    .sort((a, b) => b.score - a.score);
}
