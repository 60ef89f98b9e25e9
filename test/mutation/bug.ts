/** A mistake that somebody could make, as one replacement in one file, and the tests that must notice it. */
export interface Bug {
  readonly name: string;
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What a customer would see. */
  readonly breaks: string;
  readonly tests: readonly string[];
}
