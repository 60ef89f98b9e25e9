import type { SearchIndex } from '@azure/search-documents';
import type { Context } from '../../core/contract/context.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { createAzureSearchClient } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { connect } from './connection.ts';
import { compareIndex, newIndex, ownerOf } from './index-shape.ts';
import { knowledgeSourceOf } from './serving.ts';
import { createServiceClient } from './service-client.ts';
import { engineError } from './service-error.ts';

/** One index of a destination; applications are led to the active one. */
export interface Slot {
  readonly index: string;
  readonly active: boolean;
  readonly documents: number;
}
export interface Activation {
  /** What was active before: activating it again is the way back. */
  readonly previous: string | undefined;
  /** Between the first and the last pointer that moved; both lead to the new index after it. */
  readonly windowMs: number;
}

/** Slots of one destination. Every step is idempotent: done again after a failure in between, it finishes. */
export interface AzureAiSearchSlots {
  list(): Promise<readonly Slot[]>;
  /** The index that the alias leads to, in one request; undefined without an alias. */
  served(): Promise<string | undefined>;
  /** An empty index beside the active one: the one that was opened before, or a new one. Write to it by its name. */
  open(): Promise<Slot>;
  /** Of an index that is neither there nor one of these. */
  nextName(taken: readonly string[]): Promise<string>;
  /** Leads the alias, then the knowledge source, to the index. One with far fewer documents is refused unless `fewer`. */
  activate(index: string, options?: { readonly fewer?: boolean }): Promise<Activation>;
  /** Deletes an index that nothing leads to any more. */
  retire(index: string): Promise<void>;
}

/** An alias may lead to its former index for so long: https://learn.microsoft.com/azure/search/search-how-to-alias */
const aliasSpreadMs = 10_000;
/** Of the documents of the active index, before another one may take its place. */
const leastShare = 0.9;

/** The slots of a family are `name`, `name-2`, `name-3`, …, all owned by this installation. */
export async function createAzureAiSearchSlots(
  config: AzureAiSearchConfig,
  context: Context,
): Promise<AzureAiSearchSlots> {
  const connection = await connect(config, context);
  const service = createServiceClient(config, connection);
  const family = config.index.replace(/-\d+$/, '');
  const where = `destinations.${context.name}`;

  const numberOf = (index: string): number =>
    index === family ? 1 : Number(new RegExp(`^${family}-(\\d+)$`).exec(index)?.[1] ?? NaN);
  const owned = async (): Promise<readonly SearchIndex[]> =>
    (await service.listIndexes())
      .filter((index) => !Number.isNaN(numberOf(index.name)) && ownerOf(index) === context.installation)
      .sort((a, b) => numberOf(a.name) - numberOf(b.name));
  const served = async (): Promise<string | undefined> =>
    config.alias === undefined ? undefined : service.getAlias(config.alias);
  const pointers = async () => {
    const { knowledge } = config;
    const led = await served();
    const source = knowledge === undefined ? undefined : await service.getKnowledgeSource(knowledge.source);
    return { served: led, source, sourced: source?.value.searchIndexParameters.searchIndexName };
  };
  const slotOf = async (index: string, active: string | undefined): Promise<Slot> => {
    const { documentCount } = await service.indexStatistics(index);
    return { index, active: index === active, documents: documentCount };
  };
  const requireOwned = async (index: string): Promise<SearchIndex | undefined> =>
    (await owned()).find((one) => one.name === index);
  /** A slot that was never filled, or not to the end, must not be served by mistake. */
  const requireFilled = async (index: string, served: string): Promise<void> => {
    const count = (name: string): Promise<number> =>
      createAzureSearchClient({ ...config, index: name }, connection).countWhole();
    const [holds, before] = [await count(index), await count(served)];
    if (holds >= before * leastShare) return;
    throw new ConfigError(
      'AZURE_SEARCH_SLOT_THIN',
      `The index '${index}' holds ${holds} documents, '${served}' ${before}.`,
      { where, hint: 'Fill and verify it first; or activate it all the same with `fewer`.' },
    );
  };
  const unknown = (index: string): ConfigError =>
    new ConfigError('AZURE_SEARCH_SLOT_UNKNOWN', `There is no slot '${index}' of this installation.`, {
      where,
      hint: 'List the slots of the destination and name one of them.',
    });
  const guarded = async <T>(work: () => Promise<T>, index = config.index): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw engineError(error, index);
    }
  };

  /** Beyond every number of the family, whoever owns it. */
  const nextName = async (taken: readonly string[]): Promise<string> => {
    const names = [...(await service.listIndexes()).map((one) => one.name), ...taken];
    return `${family}-${Math.max(1, ...names.map((name) => numberOf(name) || 1)) + 1}`;
  };

  return {
    nextName: (taken) => guarded(() => nextName(taken)),
    served: () => guarded(served),
    list: () =>
      guarded(async () => {
        const { served } = await pointers();
        const slots: Slot[] = [];
        for (const index of await owned()) slots.push(await slotOf(index.name, served ?? config.index));
        return slots;
      }),
    open: () =>
      guarded(async () => {
        const { served = config.index } = await pointers();
        const indexes = await owned();
        const waiting = indexes.findLast((index) => numberOf(index.name) > numberOf(served));
        if (waiting) return slotOf(waiting.name, served);
        const index = await nextName([served]);
        const client = createAzureSearchClient({ ...config, index }, connection);
        await client.createIndex(newIndex({ ...config, index }, context.installation));
        context.log.info('Opened a slot.', { index });
        return { index, active: false, documents: 0 };
      }),
    activate: (index, { fewer = false } = {}) =>
      guarded(async () => {
        const { alias, knowledge } = config;
        if (alias === undefined)
          throw new ConfigError('AZURE_SEARCH_NO_ALIAS', 'The destination has no alias to move.', {
            where: `${where}.alias`,
            hint: 'Set alias, and let applications ask the alias in place of the index.',
          });
        const found = await requireOwned(index);
        if (found === undefined) throw unknown(index);
        const { incompatible } = compareIndex(found, { ...config, index });
        if (incompatible.length > 0)
          throw new ConfigError(
            'AZURE_SEARCH_INDEX_INCOMPATIBLE',
            `The index '${index}' does not have the configured shape: ${incompatible.join('; ')}.`,
            { where, hint: 'Open a new slot, fill it, and activate that.' },
          );
        const { served, source, sourced } = await pointers();
        if (!fewer && served !== undefined && served !== index) await requireFilled(index, served);
        const started = context.now();
        if (served !== index) await service.putAlias(alias, index);
        if (knowledge !== undefined && sourced !== index) {
          const wanted = knowledgeSourceOf(config, knowledge, index);
          await service.putKnowledgeSource(source ? { ...source.value, ...wanted } : wanted, source?.etag);
        }
        const windowMs = context.now() - started;
        const previous = served === index ? (sourced === index ? undefined : sourced) : served;
        context.log.info('Activated a slot.', { index, previous, windowMs });
        return { previous, windowMs };
      }, index),
    retire: (index) =>
      guarded(async () => {
        const found = await requireOwned(index);
        if (found === undefined) {
          if ((await service.listIndexes()).some((one) => one.name === index)) throw unknown(index);
          return;
        }
        await context.sleep(aliasSpreadMs);
        const { served, sourced } = await pointers();
        if (served === index || sourced === index || (config.alias === undefined && index === config.index))
          throw new ConfigError('AZURE_SEARCH_SLOT_ACTIVE', `The index '${index}' is in use.`, {
            where,
            hint: 'Activate another slot first.',
          });
        await service.deleteIndex(index);
        context.log.info('Retired a slot.', { index });
      }, index),
  };
}
