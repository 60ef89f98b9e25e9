import type { AcceptedChange, Verdict } from '../../core/contract/destination.ts';
import type { Context } from '../../core/contract/context.ts';
import { isTransientError } from '../../core/contract/errors.ts';
import type { BatchSize } from './batch-size.ts';
import type { BedrockClient, DocumentDetail } from './client.ts';
import type { Doubts } from './doubts.ts';
import { asException, sortError } from './errors.ts';
import { mayLeave, type Pace } from './pace.ts';
import { readReceipt, type Receipt } from './receipt.ts';
import { judge, notFound, overtaken, verdictLimits } from './verdict.ts';
import { lookAt, type Probe } from './probe.ts';

export interface ConfirmerParts {
  readonly client: BedrockClient;
  readonly context: Context;
  readonly doubts: Doubts;
  readonly pace: Pace;
  readonly size: BatchSize;
  readonly doubtWindowMs: number;
  readonly retrieve: Parameters<typeof lookAt>[2];
}
/** What the API model allows in one request. */
const modelLimit = 10;

interface Question {
  readonly change: AcceptedChange;
  readonly receipt: Receipt;
}

export interface Confirmer {
  /** Asks about accepted changes, as many in a request as it takes, at the pace of the quota; never sooner than a change is likely done. */
  confirm(changes: readonly AcceptedChange[]): Promise<readonly Verdict[]>;
  /** How many accepted requests there are, on average, for one that the service is still at work on: what is final and not heard of yet holds up no request. */
  openForOneAtWork(): number;
}
const mostOpen = 3;

export function createConfirmer(parts: ConfirmerParts): Confirmer {
  const { client, context, doubts, pace, size } = parts;
  const limits = { ...verdictLimits, doubtWindowMs: parts.doubtWindowMs };
  /** Milliseconds from acceptance to the final status, by the service's clock: a moving average, and the most of late. */
  let usualMs = 0;
  let longestMs = 0;
  /** From the final status to its being heard of. */
  let lagMs = 0;
  /** Asking counts against a quota as sending does: once is enough when nearly all of a batch are final. */
  const decidedMs = (): number => Math.min(longestMs, usualMs * 2, 10_000);

  const learn = (receipt: Receipt, detail: DocumentDetail): void => {
    if (receipt.acceptedAt === undefined || detail.updatedAt === undefined) return;
    const took = Date.parse(detail.updatedAt) - Date.parse(receipt.acceptedAt);
    if (!(took >= 0)) return;
    usualMs = usualMs === 0 ? took : usualMs * 0.9 + took * 0.1;
    longestMs = Math.max(took, longestMs * 0.999);
    const lag = Math.max(0, context.now() - receipt.since - took);
    lagMs = lagMs === 0 ? lag : lagMs * 0.9 + lag * 0.1;
  };
  /** A doubtful write is looked at where agents will find it, before it counts as done. */
  const proven = async (id: string, probe: Probe, done: Verdict): Promise<Verdict> => {
    try {
      return (await lookAt(id, probe, parts.retrieve)) === 'other' ? overtaken : done;
    } catch (error) {
      if (isTransientError(error)) return { status: 'waiting' };
      context.log.warn('Retrieve is not allowed: a write that may have been overtaken was not looked at.');
      return done;
    }
  };
  const ask = async (
    questions: readonly Question[],
    verdicts: Map<AcceptedChange, Verdict>,
  ): Promise<void> => {
    if (!(await mayLeave(pace, context.signal))) {
      size.inconclusive();
      return;
    }
    let details: readonly DocumentDetail[];
    try {
      details = await client.get(questions.map(({ change }) => change.id));
      pace.calm();
      size.accepted(questions.length);
    } catch (error) {
      const sorted = sortError(error, context.now());
      if (sorted.kind === 'invalid' && questions.length > modelLimit) {
        size.refused(modelLimit);
        await askAll(questions, verdicts);
        return;
      }
      size.inconclusive();
      if (sorted.crowded) pace.crowded();
      if (sorted.kind === 'later' || sorted.kind === 'unknown') return;
      throw asException(sorted, `destinations.${context.name}`, error);
    }
    const byId = new Map(details.map((detail) => [detail.id, detail]));
    for (const { change, receipt } of questions) {
      const detail = byId.get(change.id) ?? notFound(change.id);
      let verdict = judge(change.action, receipt, detail, context.now(), limits);
      if (verdict.status === 'done' && receipt.probe)
        verdict = await proven(change.id, receipt.probe, verdict);
      verdicts.set(change, verdict);
      if (verdict.status === 'unknown') doubts.raise(change.id, context.now());
      if (verdict.status === 'failed') doubts.settle(change.id);
      if (verdict.status !== 'done') continue;
      doubts.settle(change.id);
      learn(receipt, detail);
      if (detail.status === 'PARTIALLY_INDEXED')
        context.log.warn('Bedrock indexed a document only in part.', { document: change.id });
    }
  };
  const askAll = async (
    questions: readonly Question[],
    verdicts: Map<AcceptedChange, Verdict>,
  ): Promise<void> => {
    for (let from = 0; from < questions.length;) {
      const piece = questions.slice(from, from + size.next(questions.length - from));
      from += piece.length;
      await ask(piece, verdicts);
    }
  };
  const confirm = async (changes: readonly AcceptedChange[]): Promise<readonly Verdict[]> => {
    const verdicts = new Map<AcceptedChange, Verdict>();
    const due: Question[] = [];
    for (const change of changes) {
      const receipt = readReceipt(change.receipt);
      if (!receipt) verdicts.set(change, { status: 'unknown', reason: 'The receipt cannot be read.' });
      else if (context.now() - receipt.since >= decidedMs()) due.push({ change, receipt });
    }
    await size.load();
    await askAll(due, verdicts);
    await size.save();
    return changes.map((change) => verdicts.get(change) ?? { status: 'waiting' });
  };
  return {
    confirm,
    openForOneAtWork: () => (usualMs === 0 ? 1 : Math.min(mostOpen, 1 + lagMs / usualMs)),
  };
}
