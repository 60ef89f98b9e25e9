/** Cuts batches by number and by bytes; what is left goes with `flush`. */
export interface Batcher<T> {
  add(item: T): Promise<void>;
  flush(): Promise<void>;
}

export function createBatcher<T>(
  limits: { readonly maxDocuments: number; readonly maxBytes: number },
  bytesOf: (item: T) => number,
  send: (batch: T[]) => Promise<void>,
): Batcher<T> {
  let batch: T[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const full = batch;
    batch = [];
    bytes = 0;
    if (full.length > 0) await send(full);
  };
  return {
    async add(item) {
      const size = bytesOf(item);
      const full = batch.length === limits.maxDocuments || bytes + size > limits.maxBytes;
      const flushed = full ? flush() : undefined;
      batch.push(item);
      bytes += size;
      await flushed;
    },
    flush,
  };
}
