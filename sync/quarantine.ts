import type {
  Lease,
  QuarantinedDocument,
  QuarantinedRecord,
  QuarantineEntry,
  QuarantinePayload,
  RecordPlace,
} from '../core/catalog/index.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { Problem, RunReport } from '../core/observe/report.ts';
import { askAgain, noAnswers, type Answers } from './ask-again.ts';
import { claimWork } from './claim.ts';
import { runOnce } from './run.ts';
import { selectWork, type Selection } from './selection.ts';
import { defineKinds, type World } from './world.ts';

export interface QuarantineList {
  readonly quarantined: number;
  readonly entries: readonly QuarantineEntry[];
}
export interface ShowQuarantineOptions {
  /** With what failed, where `catalog.quarantinePayload` has it kept. */
  readonly payload?: boolean;
}
export type ShownEntry = QuarantineEntry & { readonly payload?: QuarantinePayload };
export interface RetryOptions {
  /** Names of entries, as the list gives them. */
  readonly names?: readonly string[];
  readonly all?: boolean;
  /** Says what would be tried, and changes nothing. */
  readonly dryRun?: boolean;
}
export interface RetryReport {
  readonly dryRun: boolean;
  /** Documents composed or sent again. */
  readonly documents: number;
  readonly records: Answers;
  /** Entries of streams and destinations that no pipeline names. */
  readonly unused: number;
  /** Sources that could not be asked. */
  readonly problems: readonly Problem[];
  /** Entries that are left of all. */
  readonly quarantined: number;
  /** The run that composed and published, when something was due. */
  readonly run?: RunReport;
}
export interface DiscardReport {
  readonly dryRun: boolean;
  readonly discarded: readonly QuarantineEntry[];
  readonly quarantined: number;
}
interface Chosen {
  readonly records: readonly QuarantinedRecord[];
  readonly documents: readonly QuarantinedDocument[];
}

/** Entries handled in one step. */
const stepEntries = 500;

/** What cannot be read, composed or delivered; neither a source nor a destination is asked. */
export const listQuarantine = (world: World, options: { readonly limit?: number } = {}): QuarantineList => ({
  quarantined: world.catalog.quarantine.count(),
  entries: world.catalog.insight.quarantine(options.limit ?? 100),
});

/** Every entry with a name: a document may be refused by several destinations. What failed only when it is asked for. */
export function showQuarantine(
  world: World,
  name: string,
  options: ShowQuarantineOptions = {},
): readonly ShownEntry[] {
  const { records, documents } = choose(world, [name])[0]!;
  const { quarantine } = world.catalog;
  const isAsked = options.payload === true && world.config.catalog.quarantinePayload;
  const shown = (entry: QuarantineEntry, read: () => QuarantinePayload | undefined): ShownEntry => {
    const payload = isAsked ? read() : undefined;
    return payload === undefined ? entry : { ...entry, payload };
  };
  return [
    ...records.map((one) => shown(one.entry, () => quarantine.recordPayload(one))),
    ...documents.map((one) => shown(one.entry, () => quarantine.documentPayload(one))),
  ];
}

/**
 * Tries quarantined entries again. Documents become due and an ordinary publish follows; records are asked for by key
 * where their source can be asked. An entry goes when what it is about is good.
 */
export async function retryQuarantine(world: World, options: RetryOptions): Promise<RetryReport> {
  if ((options.names?.length ?? 0) === 0 && options.all !== true) {
    throw new ConfigError('QUARANTINE_CHOICE', 'nothing says which entries to try again', {
      hint: 'name entries as `tributary quarantine list` shows them, or use --all',
    });
  }
  const chosen = options.all ? everything(world) : choose(world, options.names!);
  const dryRun = options.dryRun ?? false;
  const claim = dryRun ? undefined : await claimWork(world, {});
  const lease = claim?.lease;
  const selection = claim?.selection ?? (await selectWork(world, {}));
  const answers = noAnswers();
  const problems: Problem[] = [];
  let documents = 0;
  let unused = 0;
  try {
    if (lease) await defineKinds(world, lease);
    for (const step of chosen) {
      const usable = usableIn(selection, step);
      documents += usable.documents.length;
      unused += step.records.length + step.documents.length;
      unused -= usable.records.length + usable.documents.length;
      if (lease) world.catalog.quarantine.retryDocuments(lease, usable.documents);
      for (const [id, records] of Map.groupBy(usable.records, (one) => one.stream)) {
        const { source, stream } = selection.streams.find((one) => one.stream.id === id)!;
        const problem = await askAgain(world, source, stream, records, lease, answers);
        if (problem) problems.push(problem);
      }
      if (lease) world.catalog.leases.renew(lease);
      world.signal.throwIfAborted();
    }
  } finally {
    if (lease) world.catalog.leases.release(lease);
  }
  const isDue = !dryRun && documents + answers.readable > 0;
  const run = isDue ? await runOnce(world, { pull: false }) : undefined;
  return {
    dryRun,
    documents,
    records: answers,
    unused,
    problems,
    quarantined: world.catalog.quarantine.count(),
    ...(run ? { run } : {}),
  };
}

/**
 * Takes entries off the list. A record's last good version stays in use, and may again be taken for deleted with proof; a
 * document stays as each destination holds it, and is listed again when it fails another time.
 */
export async function discardQuarantine(
  world: World,
  names: readonly string[],
  options: { readonly dryRun?: boolean } = {},
): Promise<DiscardReport> {
  const chosen = choose(world, names);
  const records = chosen.flatMap((one) => one.records);
  const documents = chosen.flatMap((one) => one.documents);
  const toGo = documents.find((one) => one.entry.isToGo);
  if (toGo) {
    const { name, destination = '' } = toGo.entry;
    throw new ConfigError(
      'QUARANTINE_NEEDED',
      `${name} is to be deleted from ${destination}, which refused it: discarded, it would stay there for good`,
      { hint: 'find out why with `tributary quarantine show`, then `tributary quarantine retry`' },
    );
  }
  const dryRun = options.dryRun ?? false;
  if (!dryRun) {
    const lease = takeEntries(world, records, documents);
    try {
      world.catalog.quarantine.discardRecords(lease, records);
      world.catalog.quarantine.discardDocuments(lease, documents);
    } finally {
      world.catalog.leases.release(lease);
    }
  }
  return {
    dryRun,
    discarded: [...records, ...documents].map((one) => one.entry),
    quarantined: world.catalog.quarantine.count(),
  };
}

/** One step a name; a name without an entry is refused before anything is done. */
function choose(world: World, names: readonly string[]): Chosen[] {
  const found = [...new Set(names)].map((name) => ({ name, ...world.catalog.quarantine.find(name) }));
  const unknown = found.filter((one) => one.records.length + one.documents.length === 0);
  if (unknown.length > 0) {
    throw new ConfigError(
      'QUARANTINE_UNKNOWN',
      `nothing is quarantined under ${unknown.map((one) => one.name).join(', ')}`,
      { hint: 'see `tributary quarantine list`' },
    );
  }
  return found;
}

/** All entries in bounded steps. Those that are dealt with may go: the next step begins after the last place. */
function* everything({ catalog: { quarantine } }: World): Iterable<Chosen> {
  let lastRecord: RecordPlace | undefined;
  for (;;) {
    const records = quarantine.records(lastRecord, stepEntries);
    if (records.length === 0) break;
    lastRecord = records.at(-1)!;
    yield { records, documents: [] };
  }
  let lastDocument: QuarantinedDocument | undefined;
  for (;;) {
    const documents = quarantine.documents(lastDocument, stepEntries);
    if (documents.length === 0) break;
    lastDocument = documents.at(-1)!;
    yield { records: [], documents };
  }
}

/** Those of streams and destinations that a run would work on. */
function usableIn(selection: Selection, { records, documents }: Chosen): Chosen {
  const streams = new Set(selection.streams.map((one) => one.stream.id));
  const slots = new Set([0, ...selection.slots.map((one) => one.id)]);
  return {
    records: records.filter((one) => streams.has(one.stream)),
    documents: documents.filter((one) => slots.has(one.slot)),
  };
}

function takeEntries(
  { catalog }: World,
  records: readonly QuarantinedRecord[],
  documents: readonly QuarantinedDocument[],
): Lease {
  const lease = catalog.leases.acquire([
    'compose',
    ...new Set(records.map((one) => `stream:${one.stream}`)),
    ...new Set(documents.filter((one) => one.slot > 0).map((one) => `slot:${one.slot}`)),
  ]);
  if ('heldBy' in lease) {
    throw new ConfigError('BUSY', `a run is at work on ${lease.name} (host ${lease.heldBy})`, {
      hint: 'discard again when it has finished',
    });
  }
  return lease;
}
