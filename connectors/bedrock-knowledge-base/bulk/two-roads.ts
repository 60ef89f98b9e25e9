import type { Context } from '../../../core/contract/context.ts';
import type {
  AcceptedChange,
  Change,
  Destination,
  Outcome,
  Verdict,
} from '../../../core/contract/destination.ts';
import { ConfigError } from '../../../core/contract/errors.ts';
import { shareAccount } from '../account.ts';
import { createAsk } from '../ask.ts';
import type { BedrockConfig } from '../config.ts';
import { retry } from '../../../core/http/retry.ts';
import { asException } from '../errors.ts';
import { sortObjectError } from './sort-object-error.ts';
import { createBedrockDestination } from '../destination.ts';
import { createDoubts } from '../doubts.ts';
import { createLeftOut } from '../left-out.ts';
import { metadataBudget } from '../metadata-budget.ts';
import type { BulkConfig } from './bulk-config.ts';
import { chooseRoad, type Choice } from './choose-road.ts';
import { describeRoad } from './describe-road.ts';
import { inventoryOfRoads } from './inventory-of-roads.ts';
import { maxFileBytes, objectDocument } from './object-document.ts';
import { idOf, keyOf, uriOf as uriOfKey } from './object-key.ts';
import { createObjectRoad } from './object-road.ts';
import { createObjects } from './objects.ts';
import { createPlace } from './place.ts';
import { createPutter } from './put-changes.ts';
import { createSourceClient } from './source-client.ts';
import { readTravel, standing, writeTravel, type RoadName, type Travel } from './travel.ts';

const maxBatchBytes = maxFileBytes + 10_000;
/** Documents of one job: as many as 100 batches hold. */
const bulkLimits = {
  maxDocuments: 500,
  maxBytes: maxBatchBytes,
  maxDocumentBytes: maxBatchBytes,
  maxInFlight: 4,
  maxOpen: 100,
  requestsPerSecond: 10,
};

/** A knowledge base with two data sources, one written directly and one by way of S3; each document stands in one of them. */
export function createTwoRoads(config: BedrockConfig, bulk: BulkConfig, context: Context): Destination {
  const direct = createBedrockDestination(config, context);
  const account = shareAccount(config, context);
  const client = createSourceClient(config, bulk);
  const objects = createObjects(config, bulk);
  const ask = createAsk(context);
  const listObjects = (token: string | undefined) =>
    retry(
      async () => {
        try {
          return await objects.list(token);
        } catch (error) {
          throw asException(
            sortObjectError(error, context.now()),
            `destinations.${context.name}.bulk`,
            error,
          );
        }
      },
      { attempts: 4, sleep: context.sleep },
    );
  const place = createPlace({ config, bulk, context, ask, client, listObjects, pace: account.paces.list });
  const budget = metadataBudget(config);
  const leftOut = createLeftOut({ context, budget, store: config.vectorStore, profile: direct.profile });
  const keyFor = (id: string): string | undefined => keyOf(bulk.prefix, id);
  const uriOf = (id: string): string | undefined => {
    const key = keyFor(id);
    return key === undefined ? undefined : uriOfKey(bulk.bucket, key);
  };
  const isLeaving = bulk.from === 'never';
  const onBoth = new Set<string>();
  const choices = new WeakMap<Change, Choice>();
  let expected = 0;
  const isLargeLoad = (): boolean => bulk.from !== 'never' && expected >= bulk.from;

  const s3 = createObjectRoad({
    client,
    context,
    ask,
    paces: account.paces,
    uriOf,
    jobFrom: bulk.jobFrom,
    isLargeLoad,
    put: createPutter({
      objects,
      context,
      doubts: createDoubts(config.doubtWindow),
      keyOf: keyFor,
      document(change) {
        const made = objectDocument(change.document, budget);
        leftOut.note(made.leftOut);
        return made;
      },
    }),
  });
  const roads = { direct, s3 };

  const refusal = (change: Change, road: RoadName): string | undefined => {
    if (change.action === 'delete') return undefined;
    if (road === 's3')
      return uriOf(change.id) === undefined
        ? 'its id is too long for a key'
        : objectDocument(change.document, budget).refused;
    const { bytes, refused } = direct.encode(change);
    const { maxDocumentBytes } = direct.limits();
    return (
      refused ??
      (bytes > maxDocumentBytes ? `it takes ${bytes} bytes, a request ${maxDocumentBytes}` : undefined)
    );
  };
  const choose = (change: Change): Choice => {
    const known = choices.get(change);
    if (known) return known;
    const choice = chooseRoad(change, {
      isLargeLoad: isLargeLoad(),
      isLeaving,
      refusal: (road) => refusal(change, road),
      isOnBoth: onBoth.has(change.id),
    });
    choices.set(change, choice);
    return choice;
  };

  /** One step of some changes, on one road; nothing is written while an ingestion job may be reading. */
  const writeOn = async (road: RoadName, changes: readonly Change[]): Promise<readonly Outcome[]> => {
    try {
      await s3.idle();
    } catch {
      return changes.map(() => ({ status: 'later', reason: 'The run is stopping.' }));
    }
    return roads[road].write(changes);
  };
  /** The next step of a travel, or what it has come to. */
  const onwards = ({ road, action, then, written: before }: Travel): Travel | Verdict => {
    const written = action === 'write' ? road : before;
    const [next, ...rest] = then;
    return next === undefined
      ? { status: 'done', receipt: standing(written) }
      : { road: next, action: 'delete', then: rest, written };
  };
  const outcomeOf = (change: Change, outcome: Outcome): Outcome => {
    const { road, then } = choose(change);
    const travel: Travel = { road, action: change.action, then };
    if (outcome.status === 'accepted')
      return { ...outcome, receipt: writeTravel({ ...travel, receipt: outcome.receipt }) };
    if (outcome.status !== 'done') return outcome;
    const next = onwards(travel);
    if ('road' in next) return { status: 'accepted', receipt: writeTravel(next), addresses: [change.id] };
    if (next.status === 'done') onBoth.delete(change.id);
    return {
      status: 'done',
      receipt: standing(change.action === 'write' ? road : undefined),
      addresses: [change.id],
    };
  };
  /** Begins the step of travels that have not begun it: a delete on the road that is left. */
  const begin = async (road: RoadName, steps: readonly Step[], settle: Settle): Promise<void> => {
    if (s3.isBusy()) return;
    const deletes = steps.map(({ change }): Change => ({ action: 'delete', id: change.id, addresses: [] }));
    const outcomes = await writeOn(road, deletes);
    steps.forEach(({ change, travel }, index) => {
      const outcome = outcomes[index]!;
      if (outcome.status === 'done') settle(change, travel, { status: 'done' });
      else if (outcome.status === 'accepted')
        settle(change, travel, { status: 'waiting', receipt: outcome.receipt });
      else if (outcome.status === 'rejected')
        settle(change, travel, { status: 'failed', code: outcome.code, reason: outcome.reason });
      else if (outcome.status === 'halted')
        throw new ConfigError('BEDROCK_REFUSED', outcome.reason, {
          where: `destinations.${context.name}`,
          ...(outcome.hint === undefined ? {} : { hint: outcome.hint }),
        });
    });
  };

  return {
    profile: direct.profile,
    limits: () =>
      isLargeLoad()
        ? bulkLimits
        : { ...direct.limits(), maxBytes: maxBatchBytes, maxDocumentBytes: maxBatchBytes },
    expect(documents) {
      expected = documents;
      return describeRoad(documents, isLargeLoad(), config, bulk);
    },
    async check() {
      await direct.check();
      await place.check();
    },
    async plan() {
      const [one, two] = [await direct.plan(), await place.plan()];
      const owner = two.owner === undefined || two.owner === context.installation ? one.owner : two.owner;
      return { ...one, steps: [...one.steps, ...two.steps], ...(owner === undefined ? {} : { owner }) };
    },
    async apply(plan, options = {}) {
      await direct.apply(plan, options);
      await place.apply(options);
    },
    encode(change) {
      const { road, refused } = choose(change);
      const encoded = direct.encode(change);
      if (refused !== undefined) return { ...encoded, refused };
      if (road === 'direct' || change.action === 'delete') return encoded;
      return { bytes: objectDocument(change.document, budget).bytes, addresses: encoded.addresses };
    },
    async write(changes) {
      const outcomes = new Map<Change, Outcome>();
      for (const road of ['direct', 's3'] as const) {
        const some = changes.filter((change) => choose(change).road === road);
        if (some.length === 0) continue;
        const answers = await writeOn(road, some);
        some.forEach((change, index) => outcomes.set(change, outcomeOf(change, answers[index]!)));
      }
      await leftOut.save();
      return changes.map((change) => outcomes.get(change)!);
    },
    async confirm(changes) {
      const verdicts = new Map<AcceptedChange, Verdict>();
      const begun: Record<RoadName, Step[]> = { direct: [], s3: [] };
      const next: Record<RoadName, Step[]> = { direct: [], s3: [] };
      for (const change of changes) {
        const travel = readTravel(change.receipt);
        if (!travel) verdicts.set(change, { status: 'unknown', reason: 'The receipt cannot be read.' });
        else (travel.receipt === undefined ? next : begun)[travel.road].push({ change, travel });
      }
      const settle: Settle = (change, travel, verdict) => {
        if (verdict.status === 'waiting') {
          const { receipt } = verdict;
          verdicts.set(
            change,
            receipt === undefined ? verdict : { ...verdict, receipt: writeTravel({ ...travel, receipt }) },
          );
        } else if (verdict.status === 'done') {
          const further = onwards(travel);
          if ('road' in further) verdicts.set(change, { status: 'waiting', receipt: writeTravel(further) });
          else {
            onBoth.delete(change.id);
            verdicts.set(change, further);
          }
        } else verdicts.set(change, verdict);
      };
      for (const road of ['direct', 's3'] as const) {
        const steps = begun[road];
        if (steps.length > 0) {
          const asked = steps.map(({ change: { id }, travel }) => ({
            id,
            action: travel.action,
            receipt: travel.receipt!,
          }));
          const answers = await roads[road].confirm!(asked);
          steps.forEach(({ change, travel }, index) => settle(change, travel, answers[index]!));
        }
        if (next[road].length > 0) await begin(road, next[road], settle);
      }
      return changes.map((change) => verdicts.get(change) ?? { status: 'waiting' });
    },
    inventory: () =>
      inventoryOfRoads({
        direct,
        listObjects,
        client,
        ask,
        pace: account.paces.list,
        idOf: (key) => idOf(bulk.prefix, key),
        bucket: bulk.bucket,
        onBoth,
      }),
    search: (request) => direct.search!(request),
    async close() {
      await Promise.all([direct.close?.(), account.release()]);
      client.close();
      objects.close();
      place.close();
    },
  };
}

interface Step {
  readonly change: AcceptedChange;
  readonly travel: Travel;
}
type Settle = (change: AcceptedChange, travel: Travel, verdict: Verdict) => void;
