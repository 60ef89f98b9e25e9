import { z } from 'zod';
import { endpoint, secret } from '../../core/config/fields.ts';

/** https://learn.microsoft.com/azure/search/vector-search-how-to-create-index */
export const vectorConfig = z
  .strictObject({
    provider: z
      .enum(['azure-openai', 'bedrock-titan', 'offline', 'program'])
      .describe(
        'Who makes the vectors. `bedrock-titan`: Titan Text Embeddings V2 of Amazon Bedrock. `offline` needs no model: for demos and tests, not for meaning. `program`: LangChain embeddings of the program that opens the destination.',
      ),
    dimensions: z.int().min(2).max(4096).describe('Numbers in a vector, such as 1536.'),
    endpoint: endpoint()
      .optional()
      .describe(
        'Address of the Azure OpenAI resource, such as https://my-models.openai.azure.com. For Titan, only where it is not the public one of the region.',
      ),
    deployment: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe('Name of the deployment of the embedding model.'),
    model: z
      .enum(['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002'])
      .default('text-embedding-3-small')
      .describe('The model of that deployment.'),
    apiKey: secret()
      .optional()
      .describe(
        'Key of the Azure OpenAI resource. Without it, the identity that Tributary runs under is used.',
      ),
    region: z
      .string()
      .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is a region such as us-east-1')
      .optional()
      .describe('Region of Amazon Bedrock, for Titan.'),
    credentials: z
      .strictObject({
        accessKeyId: secret(),
        secretAccessKey: secret(),
        sessionToken: secret().optional(),
      })
      .optional()
      .describe('For Titan. Absent: the default chain of the AWS SDK (environment, profile, role).'),
    algorithm: z
      .enum(['hnsw', 'exhaustive'])
      .default('hnsw')
      .describe('How neighbours are found: by a graph, or by comparing with every vector.'),
    compression: z
      .enum(['none', 'scalar', 'binary'])
      .default('none')
      .describe('How vectors are packed in memory; the best are ranked again by the whole vectors.'),
    truncateTo: z
      .int()
      .min(2)
      .max(4096)
      .optional()
      .describe('Keeps only so many numbers in memory, with compression and a text-embedding-3 model.'),
    batchSize: z.int().min(1).max(2048).default(64).describe('Passages in one request for vectors.'),
    requestsPerSecond: z.number().positive().max(1000).default(10).describe('Requests for vectors a second.'),
    tokensPerMinute: z
      .int()
      .min(1000)
      .optional()
      .describe('The quota of the deployment; requests for vectors are spread to stay below it.'),
    cacheMegabytes: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(2048)
      .describe(
        'How much the catalog keeps of vectors, so that an unchanged passage costs nothing again, in any index.',
      ),
  })
  .superRefine((settings, context) => {
    const { provider } = settings;
    const refuse = (name: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [name], message });
    const need = (name: 'endpoint' | 'deployment' | 'region', whose: string): void => {
      if (provider === whose && settings[name] === undefined)
        refuse(name, `is needed for the provider ${whose}`);
    };
    need('endpoint', 'azure-openai');
    need('deployment', 'azure-openai');
    need('region', 'bedrock-titan');
    if (provider === 'bedrock-titan' && ![256, 512, 1024].includes(settings.dimensions))
      refuse('dimensions', 'must be 256, 512 or 1024 for the provider bedrock-titan');
    if (settings.truncateTo === undefined) return;
    if (settings.compression === 'none' || settings.truncateTo >= settings.dimensions)
      refuse('truncateTo', 'needs compression, and fewer numbers than dimensions');
  });

export type VectorConfig = z.infer<typeof vectorConfig>;
