import type { Context } from '../../../core/contract/context.ts';
import type { AcceptedChange, Change, Outcome, Verdict } from '../../../core/contract/destination.ts';
import { ConfigError, isConfigError } from '../../../core/contract/errors.ts';
import type { Choice } from './choose-road.ts';
import { isStanding, readTravel, standing, writeTravel, type RoadName, type Travel } from './travel.ts';

interface Road {
  write(changes: readonly Change[]): Promise<readonly Outcome[]>;
  confirm(changes: readonly AcceptedChange[]): Promise<readonly Verdict[]>;
}
interface Step {
  readonly change: AcceptedChange;
  readonly travel: Travel;
}

const names = ['direct', 's3'] as const;

/**
 * Leads changes along the roads: the first step is sent by `write`; `confirm` follows it and sends the next, until the
 * document stands on one road only. What is known of the way is in the receipt, so that another process goes on from there.
 */
export function createTravels(parts: {
  readonly roads: Readonly<Record<RoadName, Road>>;
  readonly context: Context;
  choose(change: Change): Choice;
  /** An ingestion job may be reading the bucket: nothing is written meanwhile. */
  isBusy(): boolean;
  /** Resolves when none is; rejects when the run stops. */
  idle(): Promise<void>;
  /** The document stands on one road. */
  arrived(id: string): void;
}): Road {
  const { roads, context, choose } = parts;

  const writeOn = async (road: RoadName, changes: readonly Change[]): Promise<readonly Outcome[]> => {
    try {
      await parts.idle();
    } catch (error) {
      const outcome = notWritten(error, context.signal);
      return changes.map(() => outcome);
    }
    return roads[road].write(changes);
  };
  const outcomeOf = (change: Change, outcome: Outcome): Outcome => {
    const { road, then } = choose(change);
    const travel: Travel = { road, action: change.action, then };
    if (outcome.status === 'accepted')
      return { status: 'accepted', receipt: writeTravel({ ...travel, receipt: outcome.receipt }) };
    if (outcome.status !== 'done') return outcome;
    const next = nextStep(travel);
    if (next) return { status: 'accepted', receipt: writeTravel(next) };
    parts.arrived(change.id);
    return { status: 'done', receipt: standing(writtenTo(travel)) };
  };
  const verdictOf = ({ change, travel }: Step, verdict: Verdict): Verdict => {
    if (verdict.status === 'waiting')
      return verdict.receipt === undefined
        ? verdict
        : { ...verdict, receipt: writeTravel({ ...travel, receipt: verdict.receipt }) };
    if (verdict.status !== 'done') return verdict;
    const next = nextStep(travel);
    if (next) return { status: 'waiting', receipt: writeTravel(next) };
    parts.arrived(change.id);
    return { status: 'done', receipt: standing(writtenTo(travel)) };
  };
  /** Sends the step of travels that have come to it: a delete on the road that is left. */
  const begin = async (road: RoadName, steps: readonly Step[]): Promise<readonly Verdict[]> => {
    const waiting: Verdict = { status: 'waiting' };
    if (parts.isBusy()) return steps.map(() => waiting);
    const outcomes = await writeOn(
      road,
      steps.map(({ change }) => ({ action: 'delete', id: change.id, addresses: [] })),
    );
    return outcomes.map((outcome): Verdict => {
      switch (outcome.status) {
        case 'done':
          return { status: 'done' };
        case 'accepted':
          return { status: 'waiting', receipt: outcome.receipt };
        case 'rejected':
          return { status: 'failed', code: outcome.code, reason: outcome.reason };
        case 'halted':
          throw new ConfigError('BEDROCK_REFUSED', outcome.reason, {
            where: `destinations.${context.name}`,
            ...(outcome.hint === undefined ? {} : { hint: outcome.hint }),
          });
        default:
          return waiting;
      }
    });
  };
  const follow = async (road: RoadName, steps: readonly Step[]): Promise<readonly Verdict[]> =>
    roads[road].confirm(
      steps.flatMap(({ change: { id }, travel: { action, receipt } }) =>
        receipt === undefined ? [] : { id, action, receipt },
      ),
    );
  return {
    async write(changes) {
      const outcomes = new Map<Change, Outcome>();
      for (const road of names) {
        const some = changes.filter((change) => choose(change).road === road);
        if (some.length === 0) continue;
        const answers = await writeOn(road, some);
        some.forEach((change, index) => outcomes.set(change, outcomeOf(change, answers[index]!)));
      }
      return changes.map((change) => outcomes.get(change)!);
    },
    async confirm(changes) {
      const verdicts = new Map<AcceptedChange, Verdict>();
      const steps = changes.flatMap((change): Step[] => {
        const travel = readTravel(change.receipt);
        if (travel) return [{ change, travel }];
        verdicts.set(
          change,
          isStanding(change.receipt)
            ? { status: 'done', receipt: change.receipt }
            : { status: 'unknown', reason: 'The receipt cannot be read.' },
        );
        return [];
      });
      for (const road of names)
        for (const isBegun of [true, false]) {
          const some = steps.filter(
            ({ travel }) => travel.road === road && (travel.receipt !== undefined) === isBegun,
          );
          if (some.length === 0) continue;
          const answers = await (isBegun ? follow : begin)(road, some);
          some.forEach((step, index) => verdicts.set(step.change, verdictOf(step, answers[index]!)));
        }
      return changes.map((change) => verdicts.get(change) ?? { status: 'waiting' });
    },
  };
}

const writtenTo = ({ road, action, written }: Travel): RoadName | undefined =>
  action === 'write' ? road : written;

function nextStep(travel: Travel): Travel | undefined {
  const [road, ...then] = travel.then;
  return road === undefined ? undefined : { road, action: 'delete', then, written: writtenTo(travel) };
}

/** Waiting for an ingestion job has ended otherwise than by its end: nothing has left. */
function notWritten(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return { status: 'later', reason: 'The run is stopping.' };
  const reason = error instanceof Error ? error.message : String(error);
  if (!isConfigError(error)) return { status: 'later', reason };
  return { status: 'halted', reason, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}
