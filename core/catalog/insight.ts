import type { Json } from '../contract/json.ts';
import type { JoinReport } from '../observe/report.ts';
import type { QuarantineEntry } from './quarantine-store.ts';

export interface Insight {
  joins(): JoinReport[];
  /** Records first, then documents. */
  quarantine(limit: number): QuarantineEntry[];
  counts(): { records: Record<string, number>; documents: Record<string, number>; quarantined: number };
  /** Documents that one of these slots is not known to hold as it should, or holds although it should not. */
  divergent(
    slots: readonly number[],
    limit: number,
  ): { readonly count: number; readonly ids: readonly string[] };
  saveRun(report: Json): void;
  lastRun(): Json | undefined;
}
