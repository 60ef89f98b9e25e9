import { z } from 'zod';
import { endpoint, secret } from '../../core/config/fields.ts';

/** What a person sets below `sources.<name>`. */
export const exampleRestConfig = z.strictObject({
  url: endpoint().describe('Address of the service.'),
  token: secret().describe('API token of a user who may read every article.'),
});
export type ExampleRestConfig = z.infer<typeof exampleRestConfig>;

/** What a person sets below `streams.articles`, beside what the engine reads. */
export const exampleRestStream = z.strictObject({
  pageSize: z.int().min(1).max(100).default(100).describe('Articles of one request.'),
});
export type ExampleRestStream = z.infer<typeof exampleRestStream>;
