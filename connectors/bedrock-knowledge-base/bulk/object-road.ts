import { randomUUID } from 'node:crypto';
import type { Context } from '../../../core/contract/context.ts';
import type { AcceptedChange, Change, Outcome, Verdict } from '../../../core/contract/destination.ts';
import type { Ask } from '../ask.ts';
import type { Pace } from '../pace.ts';
import { readReceipt } from '../receipt.ts';
import { judge, notFound, verdictLimits } from '../verdict.ts';
import { judgeByJob } from './job-verdict.ts';
import { createJobRunner, type Job } from './job-runner.ts';
import { createJobTruth } from './job-truth.ts';
import { nameObjects } from './name-objects.ts';
import { readObjectReceipt, writeObjectReceipt, type ObjectReceipt } from './object-receipt.ts';
import type { PutOutcome } from './put-changes.ts';
import type { SourceClient } from './source-client.ts';

/** Objects in S3 and the data source over them. */
export interface ObjectRoad {
  write(changes: readonly Change[]): Promise<readonly Outcome[]>;
  confirm(changes: readonly AcceptedChange[]): Promise<readonly Verdict[]>;
  /** An ingestion job may be reading the bucket. */
  isBusy(): boolean;
  /** Resolves when none is; rejects when the run stops. */
  idle(): Promise<void>;
}

interface Question {
  readonly change: AcceptedChange;
  readonly receipt: ObjectReceipt;
  readonly uri: string;
}

/** No more changes are coming when none has come for so long; then a job or a request for them pays. */
const quietMs = 3_000;
/** Changes do not wait longer than this for more of them. */
const longestWaitMs = 300_000;
const mostMissed = 2;
const perGet = 10;

/**
 * Writing changes objects and nothing else. Confirming has Bedrock look at what has changed, by an ingestion job or, for
 * a few, by name, and reads back what became of each. A job proves only changes made before it was started.
 */
export function createObjectRoad(parts: {
  readonly client: SourceClient;
  readonly context: Context;
  readonly ask: Ask;
  readonly paces: Readonly<Record<'ingest' | 'remove' | 'get' | 'list', Pace>>;
  readonly put: (changes: readonly Change[]) => Promise<readonly PutOutcome[]>;
  readonly uriOf: (id: string) => string | undefined;
  readonly jobFrom: number;
  /** More changes are likely to follow at once. */
  readonly isLargeLoad: () => boolean;
}): ObjectRoad {
  const { client, context, ask, paces, uriOf, jobFrom } = parts;
  const truth = createJobTruth({ client, ask, paces, uriOf });
  const process = randomUUID();
  const limits = { ...verdictLimits, doubtWindowMs: 0 };
  /** Changed objects that nobody has looked at yet, as far as this process knows. */
  const uncovered = new Map<string, 'write' | 'delete'>();
  let count = 0;
  let putting = 0;
  let newsAt = -Infinity;
  let waitsSince = Infinity;
  let isRecovering = false;
  const runner = createJobRunner(client, context, ask, ({ covers }) => {
    for (const id of covers.keys()) uncovered.delete(id);
    waitsSince = context.now();
    isRecovering = false;
  });

  const register = (id: string, action: 'write' | 'delete'): void => {
    if (uncovered.size === 0) waitsSince = context.now();
    if (!uncovered.has(id)) newsAt = context.now();
    uncovered.set(id, action);
  };
  const coveredBy = (receipt: ObjectReceipt): Job | undefined => {
    const job = runner.last();
    if (job?.upTo === undefined || (job.ended && job.ended.status !== 'COMPLETE')) return undefined;
    return receipt.process === process && receipt.change <= job.upTo ? job : undefined;
  };
  /** As if the objects had been changed just now: only a job that starts later counts. */
  const lookAgain = (one: AcceptedChange, missed: number | undefined): Verdict => {
    register(one.id, one.action);
    return waiting({ process, change: ++count, missed });
  };
  const ofJob = async (job: Job, asked: readonly Question[], answer: Answer): Promise<void> => {
    const { ended } = job;
    if (!ended) {
      for (const { change, receipt } of asked)
        answer(
          change,
          receipt.job === job.id ? working : { ...waiting({ ...receipt, job: job.id }), ...working },
        );
      return;
    }
    if (ended.status !== 'COMPLETE') {
      for (const { change, receipt } of asked) answer(change, lookAgain(change, receipt.missed));
      return;
    }
    const details = await truth.of(
      job,
      asked.map(({ change, uri }) => ({ id: change.id, uri })),
    );
    for (const { change, receipt, uri } of asked) {
      const detail = details.get(uri);
      const verdict = detail ? judgeByJob(change.action, uri, detail, ended) : ({ status: 'done' } as const);
      if (verdict.status === 'waiting') continue;
      if (verdict.status === 'done') answer(change, { status: 'done' });
      else if (verdict.status === 'failed') answer(change, verdict);
      else if ((receipt.missed ?? 0) + 1 < mostMissed)
        answer(change, lookAgain(change, (receipt.missed ?? 0) + 1));
      else answer(change, notIndexed);
      if (verdict.status === 'done' && verdict.isPartial)
        context.log.warn('Bedrock indexed a document only in part.', { document: change.id });
    }
  };
  const ofNamed = async (asked: readonly Question[], answer: Answer): Promise<void> => {
    for (let from = 0; from < asked.length; from += perGet) {
      const piece = asked.slice(from, from + perGet);
      await paces.get.take();
      const details = await ask(() => client.get(piece.map(({ uri }) => uri)));
      const byUri = new Map(details.map((detail) => [detail.id, detail]));
      for (const { change, receipt, uri } of piece) {
        if (!receipt.named) continue;
        const detail = byUri.get(uri) ?? notFound(uri);
        const verdict = judge(change.action, receipt.named, detail, context.now(), limits);
        const named = verdict.status === 'waiting' && verdict.receipt && readReceipt(verdict.receipt);
        answer(change, named ? waiting({ ...receipt, named }) : verdict);
      }
    }
  };
  const cover = async (asked: readonly Question[], answer: Answer): Promise<void> => {
    for (const { change } of asked) register(change.id, change.action);
    const isForJob = uncovered.size >= jobFrom || !(await runner.isSynced());
    const quiet = isRecovering || parts.isLargeLoad() ? quietMs : 0;
    const isTime = context.now() - newsAt >= quiet || context.now() - waitsSince >= longestWaitMs;
    if (runner.isRunning() || putting > 0 || !isTime) return;
    if (isForJob) return runner.start(count, uncovered);
    const named = await nameObjects(
      asked.map(({ change, uri }) => ({ id: change.id, uri, action: change.action })),
      { client, context, paces },
    );
    for (const { change, receipt } of asked) {
      const naming = named.get(change.id);
      if (!naming) continue;
      uncovered.delete(change.id);
      if (naming.status === 'named')
        answer(change, { ...waiting({ ...receipt, named: naming.receipt }), ...working });
      else if (naming.status === 'gone') answer(change, { status: 'done' });
      else answer(change, { status: 'failed', code: naming.code, reason: naming.reason });
    }
    if (uncovered.size === 0) isRecovering = false;
  };
  const idle = async (): Promise<void> => {
    while (runner.isRunning()) {
      await runner.advance();
      if (runner.isRunning()) await context.sleep(1000);
    }
  };
  return {
    isBusy: () => runner.isRunning(),
    idle,
    async write(changes) {
      // One may have been started while this call waited for its turn.
      while (runner.isRunning()) await idle();
      putting++;
      try {
        return (await parts.put(changes)).map((outcome, index): Outcome => {
          if (outcome.status !== 'put') return outcome;
          const { id, action } = changes[index]!;
          register(id, action);
          return {
            status: 'accepted',
            receipt: writeObjectReceipt({ process, change: ++count }),
          };
        });
      } finally {
        putting--;
        newsAt = context.now();
      }
    },
    async confirm(changes) {
      const verdicts = new Map<AcceptedChange, Verdict>();
      const answer: Answer = (change, verdict) => void verdicts.set(change, verdict);
      const byJob = new Map<Job, Question[]>();
      const named: Question[] = [];
      const open: Question[] = [];
      for (const change of changes) {
        const receipt = readObjectReceipt(change.receipt);
        const uri = uriOf(change.id);
        if (!receipt || uri === undefined) {
          answer(change, { status: 'unknown', reason: 'The receipt cannot be read.' });
          continue;
        }
        const job = receipt.job === undefined ? coveredBy(receipt) : runner.find(receipt.job);
        const question = { change, receipt, uri };
        if (receipt.named) named.push(question);
        else if (job) byJob.set(job, [...(byJob.get(job) ?? []), question]);
        else if (receipt.process === process) open.push(question);
        else {
          // Of another process, and no job is noted: whether one of ours came later cannot be known.
          isRecovering = true;
          answer(change, lookAgain(change, receipt.missed));
        }
      }
      await runner.advance();
      for (const [job, asked] of byJob) await ofJob(job, asked, answer);
      if (named.length > 0) await ofNamed(named, answer);
      if (open.length > 0) await cover(open, answer);
      const otherwise = runner.isRunning() ? working : ({ status: 'waiting' } as const);
      return changes.map((change) => verdicts.get(change) ?? otherwise);
    },
  };
}

type Answer = (change: AcceptedChange, verdict: Verdict) => void;
const working = { status: 'waiting', working: true } as const;
const waiting = (receipt: ObjectReceipt): Verdict & { readonly status: 'waiting' } => ({
  status: 'waiting',
  receipt: writeObjectReceipt(receipt),
});
const notIndexed: Verdict = {
  status: 'failed',
  code: 'bedrock-not-indexed',
  reason: `Bedrock shows nothing of it after ${mostMissed} ingestion jobs.`,
};
