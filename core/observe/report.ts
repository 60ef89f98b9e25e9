import type { Usage } from '../contract/source.ts';

/** What became of the records a stream showed in one run: read = the sum of the others. */
export interface StreamCounts {
  read: number;
  new: number;
  changed: number;
  unchanged: number;
  deleted: number;
  /** Older than what is stored, or already known to be gone. */
  older: number;
  quarantined: number;
}

/** What became of the documents a destination had to consider in one run: considered = the sum of the others. */
export interface DestinationCounts {
  considered: number;
  written: number;
  deleted: number;
  unchanged: number;
  /** Policy keeps it from this destination. */
  withheld: number;
  quarantined: number;
  /** Accepted, and still being indexed when the run ended. */
  pending: number;
  /** A delete that the guard holds back for a person. */
  staged: number;
  /** Not tried in this run (destination halted, run stopped, limit reached): the next run goes on with it. */
  deferred: number;
}

export interface StreamReport extends StreamCounts {
  readonly stream: string;
  readonly asOf?: string;
  readonly seconds: number;
  /** What the source wants a person to read: a field that is gone, a quota that is nearly used up. */
  readonly notices?: readonly string[];
  /** What reading the stream has used, as the source accounts for it. */
  readonly usage?: readonly Usage[];
  /** Set when every key was listed in this run: how many, how many records that proved gone, how many are held back. */
  readonly reconciled?: {
    readonly keys: number;
    readonly removed: number;
    readonly staged: number;
    /** The first of those held back. */
    readonly stagedKeys?: readonly string[];
  };
  /** Set when the stream stopped early; what it had committed stays, and the next run goes on from there. */
  readonly error?: Problem;
}
/** Deletes that the guard holds back for a person: of one kind and one cause. */
export interface StagedDeletes {
  /** Absent for documents that no kind accounts for. */
  readonly kind?: string;
  readonly cause: 'source' | 'condition' | 'configuration' | 'identity';
  readonly count: number;
  /** Of how many that the destination holds of the kind. */
  readonly of: number;
  /** The stream whose records they come from: what `--accept-deletes` names. */
  readonly stream?: string;
  /** The first of them. */
  readonly ids: readonly string[];
}
export interface DestinationReport extends DestinationCounts {
  readonly destination: string;
  /** A slot that agents are not led to yet: what is left of it is no rejection. */
  readonly filling?: true;
  readonly stagedDeletes?: readonly StagedDeletes[];
  readonly seconds: number;
  /** Of those withheld, what composing in this run has withheld. */
  readonly withheldByKind?: Readonly<Record<string, number>>;
  /** Documents confirmed as held at the end of the run. */
  readonly held: number;
  /** The work is done, and a person must look at something all the same. */
  readonly warning?: Problem;
  readonly error?: Problem;
}
/** How well one join matches: roots (or parent records) with at least one part, and part records that found no parent. */
export interface JoinReport {
  readonly kind: string;
  readonly part: string;
  readonly parents: number;
  readonly parentsWithPart: number;
  readonly partRecords: number;
  readonly partRecordsWithoutParent: number;
}
export interface KindReport {
  readonly kind: string;
  readonly composed: number;
  /** Part records left out because they would narrow their document, by part. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Streams that the kind still waits for before its first composition. */
  readonly waitsFor: readonly string[];
}
export interface RunReport {
  readonly run: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly dryRun: boolean;
  readonly streams: readonly StreamReport[];
  readonly kinds: readonly KindReport[];
  readonly joins: readonly JoinReport[];
  readonly destinations: readonly DestinationReport[];
}

/** An error as a person sees it: what, where, what to do. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly where?: string | undefined;
  readonly hint?: string | undefined;
  /** `act`: a person must act. `wait`: the next run tries again. `bug`: please report it. */
  readonly next: 'act' | 'wait' | 'bug';
}

export const noStreamCounts = (): StreamCounts => ({
  read: 0,
  new: 0,
  changed: 0,
  unchanged: 0,
  deleted: 0,
  older: 0,
  quarantined: 0,
});
export const noDestinationCounts = (): DestinationCounts => ({
  considered: 0,
  written: 0,
  deleted: 0,
  unchanged: 0,
  withheld: 0,
  quarantined: 0,
  pending: 0,
  staged: 0,
  deferred: 0,
});

/** Adds to what is known under the same name. */
export function addUsage(all: Map<string, Usage>, used: Usage): void {
  const known = all.get(used.of);
  all.set(used.of, {
    of: used.of,
    statements: used.statements + (known?.statements ?? 0),
    seconds: used.seconds + (known?.seconds ?? 0),
    bytesScanned: used.bytesScanned + (known?.bytesScanned ?? 0),
  });
}
