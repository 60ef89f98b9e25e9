import { z } from 'zod';

const tokens = () => z.number().int().min(1).max(8192);

/** How Bedrock cuts documents: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ChunkingConfiguration.html */
const chunking = z.discriminatedUnion('strategy', [
  z.strictObject({ strategy: z.literal('none').describe('A document is one chunk.') }),
  z.strictObject({
    strategy: z.literal('fixed-size'),
    maxTokens: tokens().default(300),
    overlapPercentage: z.number().int().min(1).max(99).default(20),
  }),
  z.strictObject({
    strategy: z.literal('hierarchical'),
    parentTokens: tokens().default(1500),
    childTokens: tokens().default(300),
    overlapTokens: z.number().int().min(1).default(60),
  }),
  z.strictObject({
    strategy: z.literal('semantic'),
    maxTokens: tokens().default(300),
    bufferSize: z.number().int().min(0).max(1).default(0),
    breakpointPercentile: z.number().int().min(50).max(99).default(95),
  }),
]);

/** How Bedrock reads files with a layout before it cuts them: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-advanced-parsing.html */
const parsing = z.discriminatedUnion('strategy', [
  z.strictObject({
    strategy: z.literal('foundation-model'),
    modelArn: z
      .string()
      .regex(/^arn:aws[a-z-]*:bedrock:/, 'must be the ARN of a model in Bedrock')
      .describe('The model that reads.'),
    prompt: z.string().min(1).max(10_000).optional().describe('In place of the prompt of Bedrock.'),
    images: z.boolean().default(false).describe('Images are read too.'),
  }),
  z.strictObject({ strategy: z.literal('data-automation'), images: z.boolean().default(false) }),
]);

/** A data source that Tributary makes and finds again by its name. */
export const sourceConfig = z.strictObject({
  name: z
    .string()
    .regex(/^([0-9a-zA-Z][_-]?){1,100}$/, 'must be letters and digits, with single - or _ between them')
    .default('tributary')
    .describe('Its name in the knowledge base.'),
  chunking: chunking
    .optional()
    .describe('How Bedrock cuts documents; never changed afterwards. Absent: its default, about 300 tokens.'),
  parsing: parsing
    .optional()
    .describe('VECTOR: how Bedrock reads files with a layout; text that is sent directly has none.'),
  deletionPolicy: z
    .enum(['DELETE', 'RETAIN'])
    .default('DELETE')
    .describe('Whether deleting the data source deletes its vectors. MANAGED takes DELETE only.'),
});

export type SourceConfig = z.output<typeof sourceConfig>;
