import type { Context } from '../../core/contract/context.ts';
import type { PlanStep } from '../../core/contract/destination.ts';
import type { FittedMetadata, MetadataBudget } from './metadata.ts';

/** Which metadata fields did not fit into some document: logged once, and kept for the next plan. */
export interface LeftOut {
  note(leftOut: FittedMetadata['leftOut']): void;
  save(): Promise<void>;
  /** For the plan: the budget, and what is known to be left out under it. */
  step(): Promise<PlanStep | undefined>;
}

export function createLeftOut(options: {
  readonly context: Context;
  readonly budget: MetadataBudget;
  readonly store: string | undefined;
  /** What was left out is forgotten when the form of the documents changes. */
  readonly profile: string;
}): LeftOut {
  const { context, budget, profile } = options;
  const cache = context.cache('bedrock-left-out');
  const fields = new Map<string, string>();
  const told = new Set<string>();
  let changed = false;
  let loaded: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const bytes = await cache.get(profile);
    if (!bytes) return;
    for (const [field, why] of JSON.parse(Buffer.from(bytes).toString()) as [string, string][])
      if (!fields.has(field)) fields.set(field, why);
  };
  return {
    note(leftOut) {
      for (const { field, why } of leftOut) {
        if (told.has(field)) continue;
        told.add(field);
        changed ||= fields.get(field) !== why;
        fields.set(field, why);
        context.log.warn(`Metadata field "${field}" is left out of some documents: ${why}.`, { field });
      }
    },
    async save() {
      if (!changed) return;
      await (loaded ??= load());
      changed = false;
      await cache.set(profile, Buffer.from(JSON.stringify([...fields])));
    },
    async step() {
      await (loaded ??= load());
      if (fields.size === 0 && options.store === undefined) return undefined;
      const named = [...fields].map(([field, why]) => `${field} (${why})`).sort();
      return {
        action: 'none',
        what: `metadata within ${budget.bytes} bytes and ${budget.keys} attributes`,
        detail:
          named.length === 0
            ? `for ${options.store}; nothing has been left out so far`
            : `left out of some documents so far: ${named.join(', ')}`,
      };
    },
  };
}
