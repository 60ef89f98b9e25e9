import type { Json } from '../contract/json.ts';
import type { JoinReport } from '../observe/report.ts';

export interface QuarantineEntry {
  readonly scope: 'record' | 'document';
  readonly stream?: string;
  readonly key?: string;
  readonly destination?: string;
  readonly id?: string;
  readonly code: string;
  readonly reason: string;
  readonly since: string;
}
export interface Insight {
  joins(): JoinReport[];
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
