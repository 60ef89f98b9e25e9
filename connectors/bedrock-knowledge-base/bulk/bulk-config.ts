import { z } from 'zod';
import { endpoint } from '../../../core/config/fields.ts';

/** Folders of a bucket, with a slash at the end. */
export const prefix = () =>
  z
    .string()
    .max(300)
    .regex(/^([A-Za-z0-9_-]+\/)+$/, 'must be folders such as tributary/');

/** The second road into a knowledge base: objects in S3, and an ingestion job that reads them. */
export const bulkConfig = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .describe('The bucket of the S3 data source, in the region of the knowledge base.'),
  prefix: prefix()
    .default('tributary/')
    .describe(
      'Where in the bucket; a place for this destination alone, and the inclusion prefix of the data source.',
    ),
  dataSourceId: z
    .string()
    .regex(/^[0-9a-zA-Z]{10}$/, 'must be 10 letters and digits')
    .describe('The id of a data source of type S3 over that place, in the same knowledge base.'),
  from: z
    .union([z.number().int().min(1), z.literal('never')])
    .default(10_000)
    .describe(
      'A run that changes so many documents takes this road. `never`: documents leave it when they are next written.',
    ),
  jobFrom: z
    .number()
    .int()
    .min(1)
    .default(200)
    .describe(
      'From so many changed objects on an ingestion job is started; fewer are named to Bedrock one by one.',
    ),
  endpoint: endpoint().optional().describe('Another address of S3, for example a VPC endpoint.'),
});

export type BulkConfig = z.output<typeof bulkConfig>;
