import type { QuarantineEntry, SlotState } from '../core/catalog/index.ts';
import type { Json } from '../core/contract/json.ts';
import { stagedDeletes } from './delete-guard.ts';
import type { StagedDeletes } from '../core/observe/report.ts';
import { titledSlots } from './slot-title.ts';
import { readProcedure, type Procedure } from './slots/procedure.ts';
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
    /** Deletes that the guard holds back for a person. */
    readonly staged: number;
    readonly stagedDeletes: readonly StagedDeletes[];
    /** Only where the destination has more than one slot. */
    readonly state?: SlotState;
  }[];
  /** A reindex without downtime that has not led agents to its new slots yet, or a way back that stands half-way. */
  readonly reindex?: Procedure;
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
  const destinations = Object.keys(config.destinations).flatMap((name) =>
    titledSlots(catalog, name).map(({ id, title, state }, _, all) => ({
      destination: title,
      staged: catalog.holdings.countGuarded(id).heldBack,
      stagedDeletes: stagedDeletes(world, { id, name }),
      held: catalog.holdings.countHeld(id),
      open: catalog.holdings.countWork(id),
      inDoubt: catalog.holdings.openAttempts(id).reduce((sum, attempt) => sum + attempt.items.length, 0),
      ...(all.length > 1 ? { state } : {}),
    })),
  );
  const procedure = readProcedure(catalog);
  return {
    streams,
    documents: counts.documents,
    destinations,
    ...(procedure && procedure.phase !== 'done' ? { reindex: procedure } : {}),
    quarantine: catalog.insight.quarantine(options.quarantineLimit ?? 20),
    quarantined: counts.quarantined,
    lastRun: catalog.insight.lastRun(),
  };
}
