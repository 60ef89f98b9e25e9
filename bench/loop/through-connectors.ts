import type { Config, StreamConfig } from '../../core/config/config.ts';
import type { AcceptedChange, Destination, WriteChange } from '../../core/contract/destination.ts';
import type { BusinessDocument } from '../../core/contract/document.ts';
import { createTestContext } from '../../core/testing/context.ts';
import { createPlanePolicy } from '../../core/policy/plane-policy.ts';
import { toStream } from '../../sync/world.ts';
import type { PlainRecord } from './join-in-memory.ts';
import { createSender, type Sender } from './post-bedrock.ts';

/** Reads every stream through its connector. */
export async function readThroughConnectors(
  config: Config,
  streams: readonly StreamConfig[],
  onPage: (stream: string, page: readonly PlainRecord[]) => Promise<void>,
): Promise<ReadonlyMap<string, readonly PlainRecord[]>> {
  const records = new Map<string, PlainRecord[]>(streams.map((stream) => [stream.id, []]));
  const { signal } = new AbortController();
  await Promise.all(
    Object.values(config.sources).map(async (source) => {
      const opened = await source.connector.create(source.settings, createTestContext({ name: source.name }));
      const own = streams.filter((stream) => stream.id.startsWith(`${source.name}.`));
      for (const stream of own) {
        for await (const page of opened.read({ stream: toStream(stream), from: undefined, signal })) {
          records.get(stream.id)!.push(...page.records);
          await onPage(stream.id, page.records);
        }
      }
      await opened.close?.();
    }),
  );
  return records;
}

export interface OpenedDestination {
  readonly sender: Sender<readonly WriteChange[]>;
  readonly destination: Destination;
  change(document: BusinessDocument, content: string): WriteChange;
}

/** Writes through a connector, and asks about what was accepted until it is done. */
export async function openThroughConnector(config: Config, name: string): Promise<OpenedDestination> {
  const { connector, settings, plane, accepts } = config.destinations[name]!;
  const destination = await connector.create(settings, createTestContext({ name }));
  await destination.apply(await destination.plan());
  const policy = createPlanePolicy({ destination: name, plane, accepts, profile: destination.profile });
  const sender = createSender(destination.limits().maxInFlight, async (changes: readonly WriteChange[]) => {
    const outcomes = await destination.write(changes);
    let waiting: AcceptedChange[] = [];
    changes.forEach(({ id, action }, index) => {
      const outcome = outcomes[index]!;
      if (outcome.status === 'accepted') waiting.push({ id, action, receipt: outcome.receipt });
      else if (outcome.status !== 'done') throw new Error(`${name} answered ${outcome.status}`);
    });
    while (waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const verdicts = await destination.confirm!(waiting);
      waiting = waiting.filter((_, index) => verdicts[index]!.status !== 'done');
    }
  });
  return {
    sender,
    destination,
    change(document, content) {
      const decision = policy.decide(document, content);
      if (decision.status !== 'send') throw new Error(decision.reason);
      const change: WriteChange = {
        action: 'write',
        id: document.id,
        document,
        fingerprint: decision.fingerprint,
        addresses: [],
      };
      destination.encode(change);
      return change;
    },
  };
}
