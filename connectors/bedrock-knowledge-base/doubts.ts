/** Documents for which a request of this process may or may not have been taken. */
export interface Doubts {
  raise(id: string, sentAt: number): void;
  /** Until then no other request for the document may leave, or the two could be applied in the wrong order. */
  remainingMs(id: string, now: number): number;
  has(id: string): boolean;
  settle(id: string): void;
}

export function createDoubts(windowMs: number): Doubts {
  const sent = new Map<string, number>();
  return {
    raise: (id, sentAt) => void sent.set(id, sentAt),
    remainingMs: (id, now) => Math.max(0, (sent.get(id) ?? -Infinity) + windowMs - now),
    has: (id) => sent.has(id),
    settle: (id) => void sent.delete(id),
  };
}
