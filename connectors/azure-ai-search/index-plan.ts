import type { Plan, PlanStep } from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { Context } from '../../core/contract/context.ts';
import type { CapacityGuard } from './capacity.ts';
import type { AzureSearchClient, ReadIndex } from './client.ts';
import type { AzureAiSearchConfig } from './config.ts';
import { compareIndex, described, newIndex, ownerOf, type IndexDifference } from './index-shape.ts';

/** Inspects the index and brings it into shape; a live index is never deleted. */
export interface IndexPlanner {
  plan(): Promise<Plan>;
  apply(options: { readonly adopt?: boolean }): Promise<void>;
}

export function createIndexPlanner(
  config: AzureAiSearchConfig,
  client: AzureSearchClient,
  context: Pick<Context, 'installation' | 'log'>,
  capacity: Pick<CapacityGuard, 'beforeIndex'>,
): IndexPlanner {
  const what = `index ${config.index}`;
  const { installation } = context;

  const step = (difference: IndexDifference): PlanStep => {
    if (difference.incompatible.length > 0) {
      return {
        action: 'recreate',
        what,
        detail: `cannot change in place: ${difference.incompatible.join('; ')}; \`tributary reindex --blue-green\` fills another`,
        destructive: true,
      };
    }
    return difference.changes.length > 0
      ? { action: 'update', what, detail: difference.changes.join('; ') }
      : { action: 'none', what, detail: 'has the shape that the configuration asks for' };
  };

  const requireOwnership = async (found: ReadIndex, adopt: boolean): Promise<void> => {
    const owner = ownerOf(found.definition);
    if (owner === installation || adopt) return;
    if (owner !== undefined) {
      throw new ConfigError(
        'AZURE_SEARCH_FOREIGN_OWNER',
        `The index '${config.index}' belongs to another installation (${owner}).`,
        {
          where: what,
          hint: 'Choose another index name, or apply with --adopt when that installation no longer writes to it.',
        },
      );
    }
    if ((await client.countDocuments()) > 0) {
      throw new ConfigError(
        'AZURE_SEARCH_FOREIGN_INDEX',
        `The index '${config.index}' holds documents that Tributary did not write.`,
        {
          where: what,
          hint: 'Choose another index name, or apply with --adopt to take it over.',
        },
      );
    }
  };

  return {
    async plan() {
      const found = await client.getIndex();
      if (found === undefined) {
        return {
          missing: true,
          steps: [
            { action: 'create', what, detail: `with ${newIndex(config, installation).fields.length} fields` },
          ],
        };
      }
      const owner = ownerOf(found.definition);
      return {
        steps: [step(compareIndex(found.definition, config))],
        ...(owner === undefined ? {} : { owner }),
      };
    },
    async apply({ adopt = false }) {
      const found = await client.getIndex();
      if (found === undefined) {
        const index = newIndex(config, installation);
        await capacity.beforeIndex({ fields: index.fields.length, isNew: true });
        await client.createIndex(index);
        context.log.info('Created the Azure AI Search index.', { index: config.index });
        return;
      }
      await requireOwnership(found, adopt);
      const difference = compareIndex(found.definition, config);
      if (difference.incompatible.length > 0) {
        throw new ConfigError(
          'AZURE_SEARCH_INDEX_INCOMPATIBLE',
          `The index '${config.index}' cannot change in place: ${difference.incompatible.join('; ')}.`,
          {
            where: what,
            hint:
              config.alias === undefined
                ? 'Set alias and run `tributary reindex --blue-green`: a second index is filled and takes its place. Or take the change back. A live index is never deleted.'
                : `Run \`tributary reindex --blue-green\`: a second index is filled, then the alias '${config.alias}' follows. Or take the change back.`,
          },
        );
      }
      if (difference.changes.length === 0 && ownerOf(found.definition) === installation) return;
      if (difference.changed.fields.length > found.definition.fields.length)
        await capacity.beforeIndex({ fields: difference.changed.fields.length, isNew: false });
      await client.updateIndex(
        { ...difference.changed, description: described(found.definition.description, installation) },
        found.etag,
      );
      context.log.info('Changed the Azure AI Search index.', {
        index: config.index,
        changes: difference.changes.length,
      });
    },
  };
}
