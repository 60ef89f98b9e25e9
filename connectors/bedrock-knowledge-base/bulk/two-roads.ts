import type { Context } from '../../../core/contract/context.ts';
import type { Change, Destination, Encoded, WriteChange } from '../../../core/contract/destination.ts';
import { retry } from '../../../core/http/retry.ts';
import { shareAccount } from '../account.ts';
import { createAsk } from '../ask.ts';
import { createBedrockClient } from '../client.ts';
import type { BedrockConfig } from '../config.ts';
import { createBedrockDestination } from '../destination.ts';
import { createDoubts } from '../doubts.ts';
import { asException } from '../errors.ts';
import { createLeftOut } from '../left-out.ts';
import { metadataBudget } from '../metadata-budget.ts';
import { tokensOf } from '../request-document.ts';
import type { BulkConfig } from './bulk-config.ts';
import { chooseRoad, type Choice } from './choose-road.ts';
import { createDirectListing } from './direct-listing.ts';
import { describeRoad } from './describe-road.ts';
import { inventoryOfRoads } from './inventory-of-roads.ts';
import { maxFileBytes, objectDocument, type ObjectDocument } from './object-document.ts';
import { idOf, keyOf, uriOf as uriOfKey } from './object-key.ts';
import { createObjectRoad } from './object-road.ts';
import { createObjects } from './objects.ts';
import { createPlace } from './place.ts';
import { createPutter } from './put-changes.ts';
import { sortObjectError } from './sort-object-error.ts';
import { createSourceClient } from './source-client.ts';
import { surveyRoad } from './survey-road.ts';
import type { RoadName } from './travel.ts';
import { createTravels } from './travels.ts';

const maxBatchBytes = maxFileBytes + 10_000;
/** An ingestion job covers what 100 batches hold; more would only take memory. */
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
  const budget = metadataBudget(config);
  const leftOut = createLeftOut({ context, budget, store: config.vectorStore, profile: direct.profile });

  const keyFor = (id: string): string | undefined => keyOf(bulk.prefix, id);
  const uriOf = (id: string): string | undefined => {
    const key = keyFor(id);
    return key === undefined ? undefined : uriOfKey(bulk.bucket, key);
  };
  const made = new WeakMap<WriteChange, ObjectDocument>();
  const objectOf = (change: WriteChange): ObjectDocument => {
    const document = made.get(change) ?? objectDocument(change.document, budget);
    made.set(change, document);
    return document;
  };
  const encodings = new WeakMap<WriteChange, Encoded>();
  const directly = (change: WriteChange): Encoded => {
    const encoded = encodings.get(change) ?? direct.encode(change);
    encodings.set(change, encoded);
    return encoded;
  };
  const listObjects = (token: string | undefined) =>
    retry(
      async () => {
        try {
          return await objects.list(token);
        } catch (error) {
          const sorted = sortObjectError(error, context.now());
          throw asException(sorted, `destinations.${context.name}.bulk`, error);
        }
      },
      { attempts: 4, sleep: context.sleep },
    );
  const place = createPlace({ config, bulk, context, ask, client, listObjects, pace: account.paces.list });

  const listing = createDirectListing(direct);
  const onBoth = new Set<string>();
  let expected = 0;
  /** Of the change looked at last: a large run may be of documents that stay on the direct road. */
  let lane: RoadName = 's3';
  const isLargeLoad = (): boolean => bulk.from !== 'never' && expected >= bulk.from;

  const refusal = (change: Change, road: RoadName): string | undefined => {
    if (change.action === 'delete') return undefined;
    if (road === 's3')
      return uriOf(change.id) === undefined ? 'its id is too long for a key' : objectOf(change).refused;
    const { bytes, refused } = directly(change);
    const { maxDocumentBytes } = direct.limits();
    if (refused !== undefined) return refused;
    return bytes > maxDocumentBytes ? `it takes ${bytes} bytes, a request ${maxDocumentBytes}` : undefined;
  };
  /** Chosen once for each change: by `encode`, and the same again when it is sent. */
  const choices = new WeakMap<Change, Choice>();
  const choose = (change: Change): Choice => {
    const known = choices.get(change);
    if (known) return known;
    const choice = chooseRoad(change, {
      isLargeLoad: isLargeLoad(),
      isLeaving: bulk.from === 'never',
      refusal: (road) => refusal(change, road),
      isOnBoth: onBoth.has(change.id),
    });
    choices.set(change, choice);
    lane = choice.road;
    return choice;
  };
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
        const document = objectOf(change);
        leftOut.note(document.leftOut);
        return document;
      },
    }),
  });
  const travels = createTravels({
    roads: { direct: { write: direct.write, confirm: direct.confirm! }, s3 },
    context,
    choose,
    isBusy: s3.isBusy,
    idle: s3.idle,
    arrived: (id) => void onBoth.delete(id),
  });

  return {
    // Retrieve asks both data sources: what reads through it is the same on either road.
    ...direct,
    limits: () =>
      isLargeLoad() && lane === 's3'
        ? bulkLimits
        : { ...direct.limits(), maxBytes: maxBatchBytes, maxDocumentBytes: maxBatchBytes },
    expect(documents) {
      expected = documents;
      if (!isLargeLoad()) lane = 's3';
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
    async survey() {
      const found = await direct.survey!();
      const directClient = createBedrockClient(config);
      try {
        const road = await surveyRoad(bulk, {
          source: place.inspect,
          directSource: () => ask(directClient.dataSource),
          objects: () => listObjects(undefined),
        });
        return { ...found, findings: [...found.findings, ...road] };
      } finally {
        directClient.close();
      }
    },
    encode(change) {
      const { road, refused } = choose(change);
      if (change.action === 'delete')
        return { ...direct.encode(change), addresses: [change.id, ...change.addresses] };
      if (road === 'direct' && refused === undefined) return directly(change);
      const { bytes } = objectOf(change);
      return {
        bytes,
        addresses: [uriOf(change.id) ?? change.id],
        embeddingTokens: tokensOf(change.document),
        ...(refused === undefined ? {} : { refused }),
      };
    },
    async write(changes) {
      for (const change of changes)
        choices.set(change, await listing.complete(change, choose(change), isLargeLoad()));
      const outcomes = await travels.write(changes);
      outcomes.forEach(({ status }, index) => {
        const change = changes[index]!;
        if (status === 'unknown' && choose(change).road === 'direct') listing.add(change.id);
      });
      await leftOut.save();
      return outcomes;
    },
    confirm: travels.confirm,
    inventory: () =>
      inventoryOfRoads({
        direct,
        listObjects,
        client,
        ask,
        pace: account.paces.list,
        idOf: (key) => idOf(bulk.prefix, key),
        uriOf: (id) => uriOf(id) ?? id,
        bucket: bulk.bucket,
        onBoth,
      }),
    async close() {
      await Promise.all([direct.close?.(), account.release()]);
      client.close();
      objects.close();
      place.close();
    },
  };
}
