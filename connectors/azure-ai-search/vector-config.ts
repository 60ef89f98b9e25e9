import { z } from 'zod';
import { endpoint, secret } from '../../core/config/fields.ts';

/** https://learn.microsoft.com/azure/search/vector-search-how-to-create-index */
export const vectorConfig = z
  .strictObject({
    provider: z
      .enum(['azure-openai', 'offline', 'program'])
      .describe(
        'Who makes the vectors. `offline` needs no model: for demos and tests, not for meaning. `program`: LangChain embeddings of the program that opens the destination.',
      ),
    dimensions: z.int().min(2).max(4096).describe('Numbers in a vector, such as 1536.'),
    endpoint: endpoint()
      .optional()
      .describe('Address of the Azure OpenAI resource, such as https://my-models.openai.azure.com.'),
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
  })
  .superRefine((settings, context) => {
    const need = (name: 'endpoint' | 'deployment'): void => {
      if (settings.provider === 'azure-openai' && settings[name] === undefined)
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'is needed for the provider azure-openai',
        });
    };
    need('endpoint');
    need('deployment');
    if (settings.truncateTo === undefined) return;
    if (settings.compression === 'none' || settings.truncateTo >= settings.dimensions)
      context.addIssue({
        code: 'custom',
        path: ['truncateTo'],
        message: 'needs compression, and fewer numbers than dimensions',
      });
  });

export type VectorConfig = z.infer<typeof vectorConfig>;
