import type { Json } from '../contract/json.ts';
import type { JoinReport } from '../observe/report.ts';
import type { QuarantineEntry } from './quarantine-store.ts';

/** How many there are, and the first of their ids. */
export interface Listed {
  readonly count: number;
  readonly ids: readonly string[];
}
export interface Insight {
  /** Counted in bounded steps: one without a report is there so that others have their turn. */
  joins(): Iterable<JoinReport | undefined>;
  /** Records first, then documents. */
  quarantine(limit: number): QuarantineEntry[];
  counts(): { records: Record<string, number>; documents: Record<string, number>; quarantined: number };
  /** Documents that one of these slots is not known to hold as it should, or holds although it should not; step by step. */
  divergent(slots: readonly number[], limit: number): Iterable<Listed | undefined>;
  /** Documents that one slot holds as it should, and that another one of the same destination does not; step by step. */
  behind(from: number, to: number, limit: number): Iterable<Listed | undefined>;
  /** So many documents that a slot holds, spread evenly over all; the same ones each time. */
  sample(slot: number, count: number): { readonly kind: string; readonly record: number }[];
  saveRun(report: Json): void;
  lastRun(): Json | undefined;
}
