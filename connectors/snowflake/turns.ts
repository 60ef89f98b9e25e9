/** Lets a few at a time pass; the others wait in the order in which they came. */
export interface Turns {
  /** Resolves when it is the caller's turn, with what ends it; rejects with the signal's reason when it aborts first. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createTurns(atOnce: number): Turns {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const end = (): void => {
    const next = waiting.shift();
    if (next) next();
    else taken--;
  };
  const once = (): (() => void) => {
    let ended = false;
    return () => {
      if (!ended) end();
      ended = true;
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (taken < atOnce) {
        taken++;
        return once();
      }
      await new Promise<void>((resolve, reject) => {
        const come = (): void => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(come), 1);
          reject(signal.reason as Error);
        };
        waiting.push(come);
        signal.addEventListener('abort', leave, { once: true });
      });
      return once();
    },
  };
}
