import type { DestinationCounts, Problem, RunReport, StreamCounts } from './report.ts';

/** What happens in a run, as it happens. Counts are those of the run so far. Never holds the content of a record. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly streams: readonly string[];
      readonly destinations: readonly string[];
    }
  | { readonly type: 'stream-started'; readonly stream: string }
  | { readonly type: 'page-pulled'; readonly stream: string; readonly counts: StreamCounts }
  | {
      readonly type: 'stream-finished';
      readonly stream: string;
      readonly counts: StreamCounts;
      readonly error?: Problem;
    }
  | { readonly type: 'kind-waiting'; readonly kind: string; readonly streams: readonly string[] }
  /** `left`: documents still to compose, as far as known. */
  | {
      readonly type: 'documents-composed';
      readonly kind: string;
      readonly composed: number;
      readonly left: number;
    }
  /** `seconds`: what so many documents take at the pace the destination allows; told before a large load. */
  | {
      readonly type: 'load-estimated';
      readonly destination: string;
      readonly documents: number;
      readonly seconds: number;
      /** Where the destination chooses among several: which way the documents go. */
      readonly road?: string;
    }
  /** `open`: documents still to write, delete or confirm. */
  | {
      readonly type: 'batch-published';
      readonly destination: string;
      readonly counts: DestinationCounts;
      readonly open: number;
    }
  | { readonly type: 'destination-halted'; readonly destination: string; readonly problem: Problem }
  | {
      readonly type: 'record-quarantined';
      readonly stream: string;
      readonly key?: string;
      readonly reason: string;
    }
  | {
      readonly type: 'document-rejected';
      readonly destination: string;
      readonly id: string;
      readonly reason: string;
    }
  /** What a verb of several steps does next, as one sentence. */
  | { readonly type: 'step-started'; readonly step: string }
  | { readonly type: 'run-finished'; readonly report: RunReport };

export type Observer = (event: RunEvent) => void;
