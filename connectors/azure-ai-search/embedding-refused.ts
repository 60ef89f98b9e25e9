/** The provider refuses a text for good; says nothing of the text itself. */
export class EmbeddingRefused extends Error {
  override readonly name = 'EmbeddingRefused';
}
