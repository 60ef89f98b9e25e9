import type { QuarantineEntry } from '../core/catalog/index.ts';
import type { Json } from '../core/contract/json.ts';
import type { World } from './world.ts';

export interface Status {
  readonly streams: readonly {
    readonly stream: string;
    readonly records: number;
    readonly asOf: string | undefined;
    readonly complete: boolean;
  }[];
  readonly documents: Readonly<Record<string, number>>;
  readonly destinations: readonly {
    readonly destination: string;
    readonly held: number;
    readonly open: number;
    readonly inDoubt: number;
  }[];
  readonly quarantine: readonly QuarantineEntry[];
  readonly quarantined: number;
  readonly lastRun: Json | undefined;
}

/** What the catalog knows, without asking any source or destination. */
export async function status(
  world: World,
  options: { readonly quarantineLimit?: number } = {},
): Promise<Status> {
  const { catalog, config } = world;
  const counts = catalog.insight.counts();
  const streams = Object.values(config.sources).flatMap((source) =>
    Object.values(source.streams).map((stream) => {
      const state = catalog.streams.state(stream.id);
      return {
        stream: stream.id,
        records: catalog.streams.countRecords(stream.id),
        asOf: state.asOf,
        complete: state.complete,
      };
    }),
  );
  const destinations = Object.keys(config.destinations).map((name) => {
    const slot = catalog.documents.slot(name, 'default');
    return {
      destination: name,
      held: catalog.holdings.countHeld(slot),
      open: catalog.holdings.countWork(slot),
      inDoubt: catalog.holdings.openAttempts(slot).reduce((sum, attempt) => sum + attempt.items.length, 0),
    };
  });
  return {
    streams,
    documents: counts.documents,
    destinations,
    quarantine: catalog.insight.quarantine(options.quarantineLimit ?? 20),
    quarantined: counts.quarantined,
    lastRun: catalog.insight.lastRun(),
  };
}
