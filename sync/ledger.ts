import {
  noDestinationCounts,
  type DestinationCounts,
  type DestinationReport,
  type Problem,
  type StagedDeletes,
} from '../core/observe/report.ts';
import type { ComposeTotals } from './compose.ts';
import type { Selection } from './selection.ts';
import type { OpenSlot, World } from './world.ts';

/** The accounts of a run, by slot and by kind. */
export interface Ledger {
  count(slot: number, counts: DestinationCounts, kind?: string): void;
  counts(slot: number): DestinationCounts;
  totals(kind: string): ComposeTotals;
  /** Considers documents of a slot that were not due before. */
  considerMore(slot: OpenSlot, documents: number): void;
  /** Records that look gone and are held back: their documents are staged wherever they go. */
  stage(stream: string, keys: readonly string[]): void;
  close(
    slot: OpenSlot,
    end: {
      readonly problem: Problem | undefined;
      readonly warning?: Problem | undefined;
      readonly seconds: number;
      readonly stagedDeletes: readonly StagedDeletes[];
    },
  ): DestinationReport;
}

/** What was open at the start is considered too; what is open at the end is pending or deferred. */
export function createLedger(world: World, selection: Selection, publish: boolean): Ledger {
  const bySlot = new Map<number, DestinationCounts>();
  const byKind = new Map<string, ComposeTotals>();
  const withheld = new Map<number, Record<string, number>>();
  const countsOf = (slot: number): DestinationCounts => {
    let counts = bySlot.get(slot);
    if (!counts) bySlot.set(slot, (counts = noDestinationCounts()));
    return counts;
  };
  for (const slot of selection.slots) {
    const { heldBack, unjudged } = world.catalog.holdings.countGuarded(slot.id);
    countsOf(slot.id).considered += world.catalog.holdings.countWork(slot.id) + heldBack + unjudged;
  }
  return {
    count(slot, counts, kind) {
      if (kind !== undefined && counts.withheld > 0) {
        const own = withheld.get(slot) ?? {};
        own[kind] = (own[kind] ?? 0) + counts.withheld;
        withheld.set(slot, own);
      }
      const own = countsOf(slot);
      for (const name of Object.keys(counts) as (keyof DestinationCounts)[]) own[name] += counts[name];
    },
    counts: countsOf,
    considerMore(slot, documents) {
      countsOf(slot.id).considered += documents;
    },
    stage(stream, keys) {
      for (const { kind, targets } of selection.kinds) {
        if (kind.root.stream !== stream) continue;
        const documents = keys.filter((key) => world.catalog.documents.find(kind.name, key)).length;
        for (const target of targets) {
          countsOf(target.id).considered += documents;
          countsOf(target.id).staged += documents;
        }
      }
    },
    totals(kind) {
      let totals = byKind.get(kind);
      if (!totals) byKind.set(kind, (totals = { composed: 0, leftOut: {} }));
      return totals;
    },
    close(slot, { problem, warning, seconds, stagedDeletes }) {
      const counts = { ...countsOf(slot.id) };
      const left = world.catalog.holdings.countWork(slot.id);
      const accepted = new Set(
        world.catalog.holdings
          .openAttempts(slot.id)
          .flatMap((attempt) => attempt.items.map((item) => item.document)),
      );
      counts.pending = publish ? Math.min(left, accepted.size) : 0;
      const { heldBack, unjudged } = world.catalog.holdings.countGuarded(slot.id);
      counts.staged += heldBack;
      counts.deferred = left - counts.pending + unjudged;
      for (const { kind, targets } of selection.kinds) {
        if (!targets.some((target) => target.id === slot.id)) continue;
        const dirty = world.catalog.kinds.countDirty(kind.name);
        counts.deferred += dirty;
        counts.considered += dirty;
      }
      return {
        destination: slot.title,
        ...(slot.state === 'filling' ? { filling: true as const } : {}),
        ...counts,
        seconds,
        ...(withheld.has(slot.id) ? { withheldByKind: withheld.get(slot.id)! } : {}),
        held: world.catalog.holdings.countHeld(slot.id),
        ...(stagedDeletes.length > 0 ? { stagedDeletes } : {}),
        ...(warning ? { warning } : {}),
        ...(problem ? { error: problem } : {}),
      };
    },
  };
}
