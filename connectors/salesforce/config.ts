import { z } from 'zod';
import { duration, endpoint, secret } from '../../core/config/fields.ts';

const clientCredentials = z.strictObject({
  clientId: z.string().min(1).describe('Consumer key of the External Client App'),
  clientSecret: secret().describe('Consumer secret of the External Client App'),
});
const jwtBearer = z.strictObject({
  clientId: z.string().min(1).describe('Consumer key of the External Client App'),
  username: z.string().min(1).describe('The integration user to act for'),
  privateKey: secret().describe('PEM private key whose certificate the External Client App holds'),
  audience: z
    .url()
    .optional()
    .describe('The `aud` of the assertion; by default the login or test host that fits `loginUrl`'),
});

const refreshToken = z.strictObject({
  clientId: z.string().min(1).describe('Consumer key of the External Client App'),
  refreshToken: secret().describe(
    'A refresh token that the integration user has granted; it must not rotate',
  ),
  clientSecret: secret().optional().describe('Consumer secret, where the app asks for it'),
});

export const salesforceConfig = z.strictObject({
  loginUrl: endpoint().describe(
    'Where to log in: your My Domain (https://acme.my.salesforce.com); client credentials work nowhere else',
  ),
  linkUrl: endpoint()
    .optional()
    .describe('Where links of documents lead; by default the instance that the login names'),
  apiVersion: z
    .string()
    .regex(/^\d{2}\.0$/, 'must be a version such as 62.0')
    .default('62.0')
    .describe('Version of the REST API, pinned so that answers keep their form'),
  auth: z
    .union([clientCredentials, jwtBearer, refreshToken])
    .describe(
      'OAuth: client credentials (clientId, clientSecret), JWT bearer (clientId, username, privateKey) or a refresh token (clientId, refreshToken)',
    ),
  lookback: duration()
    .prefault('10m')
    .describe('How far each read goes back behind the last one, for transactions that committed late'),
  lag: duration().prefault('60s').describe('How far a read stays behind the clock of Salesforce'),
  pageSize: z.int().min(1).max(2000).default(2000).describe('Records of one request'),
  bulkFrom: z
    .int()
    .min(1)
    .default(20_000)
    .describe('Records from which a read goes through the Bulk API 2.0, which needs fewer requests'),
  partitionRecords: z
    .int()
    .min(1)
    .default(250_000)
    .describe('Records of one part of a first load; the parts of an object are read side by side'),
  apiShare: z
    .number()
    .gt(0)
    .max(1)
    .default(0.8)
    .describe(
      "Share of the org's daily API requests, by all applications together, at which this source stops until the next run",
    ),
});
export type SalesforceConfig = z.infer<typeof salesforceConfig>;

export const salesforceStream = z.strictObject({
  cursor: z
    .string()
    .optional()
    .describe(
      'The field that orders changes; by default SystemModstamp, else LastModifiedDate, else CreatedDate',
    ),
  method: z
    .enum(['auto', 'rest', 'bulk'])
    .default('auto')
    .describe(
      'How records are read: by the REST API, by the Bulk API 2.0, or by what their number and the quotas ask for',
    ),
  deletes: z.boolean().default(true).describe('Whether records in the recycle bin are told as deleted'),
});
export type SalesforceStreamOptions = z.infer<typeof salesforceStream>;
