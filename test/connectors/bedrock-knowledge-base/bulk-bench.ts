import { keyOf, uriOf } from '../../../connectors/bedrock-knowledge-base/bulk/object-key.ts';
import type { BedrockEmulatorOptions } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import type { Change, Destination, Outcome, Verdict } from '../../../core/contract/destination.ts';
import type { Json } from '../../../core/contract/json.ts';
import { openBench, type Bench } from './bench.ts';

export const bucket = 'tributary-knowledge';
export const prefix = 'tributary/';
export const s3Source = 'DSTRIBUT0S';

/** A bench with both roads: an emulated bucket and an S3 data source beside the CUSTOM one. */
export async function openBulkBench(
  bulk: Record<string, unknown> = {},
  emulator: BedrockEmulatorOptions = {},
  settings: Record<string, unknown> = {},
): Promise<Bench> {
  const bench = await openBench({ s3: true, ...emulator }, settings);
  const reopen: Bench['reopen'] = (options = {}) =>
    bench.reopen({
      bulk: {
        bucket,
        prefix,
        dataSourceId: s3Source,
        endpoint: bench.emulator.s3!.url,
        ...bulk,
        ...(options.bulk as Record<string, unknown> | undefined),
      },
      ...Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'bulk')),
    });
  return { ...bench, destination: await reopen(), reopen };
}

/** In a run of a thousand documents that all go by way of S3 and by a job; so is every process that follows. */
export async function openBulkRun(bulk: Record<string, unknown> = {}): Promise<Bench> {
  const bench = await openBulkBench({ from: 1, jobFrom: 1, ...bulk });
  const expecting = (destination: Destination): Destination => {
    destination.expect!(1000);
    return destination;
  };
  return {
    ...bench,
    destination: expecting(bench.destination),
    reopen: async (options) => expecting(await bench.reopen(options)),
  };
}

export const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `account-${n}`);
export const keyFor = (id: string): string => keyOf(prefix, id)!;
export const uriFor = (id: string): string => uriOf(bucket, keyFor(id));

export interface Kept {
  readonly receipt: Json;
  readonly verdict: Verdict | Outcome;
}

/** Sends changes and asks every half second of the clock until all are decided; plays the engine. */
export async function carry(
  bench: Bench,
  destination: Destination,
  changes: readonly Change[],
  options: { readonly maxAsks?: number } = {},
): Promise<readonly (Verdict | Outcome)[]> {
  const outcomes = await destination.write(changes);
  return confirmOutcomes(bench, destination, changes, outcomes, options.maxAsks);
}

/** Follows outcomes of a batch, perhaps of another process, to their verdicts. */
export async function confirmOutcomes(
  bench: Bench,
  destination: Destination,
  changes: readonly Change[],
  outcomes: readonly (Outcome | Verdict)[],
  maxAsks = 300,
): Promise<readonly (Verdict | Outcome)[]> {
  const answers: (Verdict | Outcome)[] = [...outcomes];
  const receipts = new Map<number, Json>();
  outcomes.forEach((outcome, index) => {
    if ((outcome.status === 'accepted' || outcome.status === 'waiting') && outcome.receipt !== undefined)
      receipts.set(index, outcome.receipt);
  });
  for (let ask = 0; receipts.size > 0 && ask < maxAsks; ask++) {
    bench.clock.advance(500);
    const open = [...receipts];
    for (let from = 0; from < open.length; from += 100) {
      const piece = open.slice(from, from + 100);
      const verdicts = await destination.confirm!(
        piece.map(([index, receipt]) => ({
          id: changes[index]!.id,
          action: changes[index]!.action,
          receipt,
        })),
      );
      piece.forEach(([index, receipt], n) => {
        const verdict = verdicts[n]!;
        answers[index] =
          verdict.status === 'waiting' ? { ...verdict, receipt: verdict.receipt ?? receipt } : verdict;
        if (verdict.status === 'waiting') receipts.set(index, verdict.receipt ?? receipt);
        else receipts.delete(index);
      });
    }
  }
  return answers;
}

export const statusesOf = (answers: readonly (Verdict | Outcome)[]): readonly string[] => [
  ...new Set(answers.map(({ status }) => status)),
];

/** What Retrieve would find, by the id of the document: on which roads, and in which text. */
export function standings(bench: Bench): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { objects, store } of bench.emulator.sources())
    for (const { id } of store.all()) {
      const live = store.get(id)?.live;
      if (!live) continue;
      const document = String(live.metadata['doc_id'] ?? id);
      found.set(document, [...(found.get(document) ?? []), objects ? 's3' : 'direct']);
    }
  return found;
}

export const jobsStarted = (bench: Bench): number =>
  bench.emulator.server.requests.filter(
    ({ method, path, status }) => method === 'PUT' && /ingestionjobs\/?$/.test(path) && status === 202,
  ).length;
