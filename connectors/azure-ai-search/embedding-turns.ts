const turns = new Map<string, Promise<unknown>>();

/**
 * Work on one deployment, one after the other in this process, whichever destination asks: of two indexes that are
 * filled with the same passages at once, the second then finds in the cache what the first has paid for.
 */
export function inTurn<T>(deployment: string, work: () => Promise<T>): Promise<T> {
  const mine = (turns.get(deployment) ?? Promise.resolve()).then(work);
  const settled = mine.catch(() => undefined);
  turns.set(deployment, settled);
  void settled.then(() => {
    if (turns.get(deployment) === settled) turns.delete(deployment);
  });
  return mine;
}
