import type { SearchHit } from '../../core/contract/destination.ts';
import type { BusinessDocument } from '../../core/contract/document.ts';
import type { RunReport } from '../../core/observe/report.ts';
import type { Checked } from '../check.ts';
import type { VerifyReport } from '../verify.ts';
import type { Expectation } from './expectations.ts';

/** What `tributary demo --json` prints. Acts that were not played are absent. */
export interface DemoReport {
  /** Every expectation holds. */
  readonly ok: boolean;
  readonly expectations: readonly Expectation[];
  readonly seconds: number;
  /** Documents held at the end, by destination. */
  readonly documents: Readonly<Record<string, number>>;
  readonly checked: readonly Checked[];
  readonly runs: readonly RunReport[];
  readonly document?: ShownInDemo;
  /** The ids that each destination answered with, best first, and the text that was asked. */
  readonly question?: Readonly<Record<string, readonly string[]>>;
  readonly answers?: AnswersInDemo;
  readonly changes?: ChangesInDemo;
  readonly verify?: VerifyReport;
  /** Where the catalog was kept. */
  readonly kept?: string;
}
export interface ShownInDemo {
  readonly document: BusinessDocument;
  readonly leftOut: readonly { readonly part: string; readonly records: number; readonly reason: string }[];
}
export interface AnswersInDemo {
  readonly text: string;
  readonly hits: Readonly<Record<string, readonly SearchHit[]>>;
}
/** Ids of documents written and deleted by the second sync. */
export interface Affected {
  readonly written: readonly string[];
  readonly deleted: readonly string[];
}
export interface ChangesInDemo {
  readonly made: readonly string[];
  /** By `kind:key`, worked out from the data alone. */
  readonly expected: Affected;
  /** By destination, as the services themselves show it. */
  readonly found: Readonly<Record<string, Affected>>;
}
