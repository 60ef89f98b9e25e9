/** The right to write under some names. `epoch` rises with every holder: an older holder's writes are refused. */
export interface Lease {
  readonly names: readonly string[];
  readonly epoch: number;
}
export interface Leases {
  /**
   * Takes all names or none; answers with the holder that has one of them, which may be another verb of this process. A
   * dead process on this host loses its. The lease is kept alive until it is released, unless its holder hangs.
   */
  acquire(names: readonly string[]): Lease | { readonly heldBy: string; readonly name: string };
  renew(lease: Lease): void;
  release(lease: Lease): void;
  /** When this name was last taken from a holder that may still be alive, and have requests on their way. */
  takenOverAt(name: string): number | undefined;
  /** Of the last lease that was ever taken: when it has moved, some verb has been at work since. */
  lastEpoch(): number;
}

/** Another process has taken the work over: stop at once, nothing was written. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}
