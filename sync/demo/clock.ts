/** The machine's time plus what it has been moved on by: the sources' clock can run ahead, nobody has to wait. */
export interface SourceClock {
  now(): number;
  advance(ms: number): void;
}

export function createSourceClock(): SourceClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => void (ahead += ms),
  };
}
