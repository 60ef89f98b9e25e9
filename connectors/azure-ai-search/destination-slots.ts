import type { Context } from '../../core/contract/context.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { DestinationSlots } from '../../core/contract/slots.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { createAzureAiSearchSlots, type AzureAiSearchSlots } from './slots.ts';

/** An alias may lead to its former index for so long: https://learn.microsoft.com/azure/search/search-how-to-alias */
const settlesWithinMs = 10_000;

/** The index that the destination writes to, among others of its family. */
export function createDestinationSlots(config: AzureAiSearchConfig, context: Context): DestinationSlots {
  const { index } = config;
  let opened: Promise<AzureAiSearchSlots> | undefined;
  const slots = (): Promise<AzureAiSearchSlots> => (opened ??= createAzureAiSearchSlots(config, context));
  return {
    name: index,
    label: `index ${index}`,
    binding: { what: 'index', value: index },
    async check() {
      if (config.alias !== undefined) return;
      throw new ConfigError('AZURE_SEARCH_NO_ALIAS', 'The destination has no alias to move.', {
        where: `destinations.${context.name}.alias`,
        hint: 'Set alias, run `tributary sync`, and let applications ask the alias in place of the index.',
      });
    },
    async list() {
      return (await (await slots()).list()).map((slot) => ({
        name: slot.index,
        active: slot.active,
        documents: slot.documents,
      }));
    },
    led: async () => (config.alias === undefined ? undefined : (await slots()).served()),
    open: async (taken) => (await slots()).nextName(taken),
    async activate() {
      await (await slots()).activate(index, { fewer: true });
      return { settlesWithinMs };
    },
    retire: async () => (await slots()).retire(index),
  };
}
