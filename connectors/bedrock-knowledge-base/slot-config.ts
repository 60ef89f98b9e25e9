import { z } from 'zod';
import type { Json } from '../../core/contract/json.ts';
import type { SlotSettings } from '../../core/contract/slots.ts';
import { prefix } from './bulk/bulk-config.ts';
import type { BedrockConfig } from './config.ts';

/** Another knowledge base of the destination, filled while agents are led to one of the others. */
export const slotConfig = (resourceId: z.ZodType<string, string>) =>
  z.strictObject({
    knowledgeBaseId: resourceId.describe('The id of another knowledge base.'),
    dataSourceId: resourceId
      .optional()
      .describe('A data source of type CUSTOM in it. Absent: dataSource.create makes one there too.'),
    bulk: z
      .strictObject({
        dataSourceId: resourceId.describe('A data source of type S3 in it, over a prefix of its own.'),
        prefix: prefix().describe('That prefix, in the bucket of `bulk`.'),
      })
      .optional()
      .describe('The S3 road into it; the rest as in `bulk`. Absent: it is written directly.'),
  });

/** The settings of one slot: another knowledge base, and everything else alike. */
export function configOfSlot(config: BedrockConfig, slot: string | undefined): BedrockConfig {
  const found = config.slots.find(({ knowledgeBaseId }) => knowledgeBaseId === slot);
  if (!found) return config;
  const { knowledgeBaseId, dataSourceId } = found;
  const bulk = config.bulk && found.bulk && { ...config.bulk, ...found.bulk };
  const bound = { ...config, knowledgeBaseId, bulk };
  return dataSourceId === undefined ? bound : { ...bound, dataSourceId, dataSource: undefined };
}

type Shape = Pick<
  BedrockConfig,
  | 'knowledgeBaseType'
  | 'dataSource'
  | 'accessControlList'
  | 'vectorStore'
  | 'metadataBytes'
  | 'metadataKeys'
  | 'metadataPriority'
>;

/** What the data source and the form of its documents depend on; which knowledge base it is stays with the configuration. */
export const slotSettings: SlotSettings<BedrockConfig> = {
  of({ knowledgeBaseType, dataSource, accessControlList, ...config }) {
    const { vectorStore, metadataBytes, metadataKeys, metadataPriority } = config;
    const budget = { vectorStore, metadataBytes, metadataKeys, metadataPriority };
    const shape: Shape = { knowledgeBaseType, dataSource, accessControlList, ...budget };
    return JSON.parse(JSON.stringify(shape)) as Json;
  },
  with(config, kept) {
    const shape = kept as unknown as Shape;
    const { knowledgeBaseType, accessControlList, vectorStore, metadataBytes, metadataKeys } = shape;
    return {
      ...config,
      ...{ knowledgeBaseType, accessControlList, vectorStore, metadataBytes, metadataKeys },
      metadataPriority: shape.metadataPriority,
      dataSource: config.dataSource && shape.dataSource ? shape.dataSource : config.dataSource,
    };
  },
};
