import { z } from 'zod';
import { duration, endpoint, secret } from '../../core/config/fields.ts';

/** Key pair, programmatic access token, or OAuth. https://docs.snowflake.com/en/developer-guide/node-js/nodejs-driver-authenticate */
const auth = z.union([
  z.strictObject({
    privateKey: secret().describe('Private key in PEM form (PKCS#8 or PKCS#1).'),
    privateKeyPass: secret().optional().describe('Passphrase of an encrypted private key.'),
  }),
  z.strictObject({ token: secret().describe('Programmatic access token of the user.') }),
  z.strictObject({
    clientId: z.string().min(1).describe('Client of the OAuth server that issues tokens for the user.'),
    clientSecret: secret().describe('Secret of that client.'),
    tokenUrl: endpoint().describe('Token endpoint of the OAuth server.'),
    scope: z.string().min(1).optional().describe('Scope to ask for; `session:role:<role>` when absent.'),
  }),
  z.strictObject({ accessToken: secret().describe('OAuth access token, kept fresh by somebody else.') }),
]);

/** Settings of a Snowflake account, read with one role and one warehouse. */
export const snowflakeConfig = z.strictObject({
  account: z
    .string()
    .regex(/^\w+([.-]\w+)*$/, 'must be an account identifier such as myorg-myaccount')
    .describe('Account identifier, for example `myorg-myaccount`.'),
  accessUrl: endpoint()
    .optional()
    .describe('Address of the account, where it does not follow from the identifier.'),
  user: z.string().min(1).describe('Login name of the service user.'),
  role: z.string().min(1).describe('Role to read with: documents hold what this role may see.'),
  warehouse: z.string().min(1).describe('Warehouse that runs the statements.'),
  database: z.string().min(1).describe('Database of tables whose names do not say one.'),
  schema: z.string().min(1).optional().describe('Schema of tables whose names do not say one.'),
  auth: auth.describe('How to log in.'),
  lookback: duration()
    .prefault('10m')
    .describe('How far each read reaches back behind the last one, for rows that were committed late.'),
  lag: duration()
    .prefault('60s')
    .describe('How far a read stays behind the clock, so that transactions under way are not overtaken.'),
  statementTimeout: duration().prefault('15m').describe('After this, Snowflake cancels a statement.'),
  idleTimeout: duration()
    .prefault('5m')
    .describe(
      'After this long without a row from a running result, the statement is given up and tried again.',
    ),
  pageSize: z.int().min(1).max(100_000).default(2000).describe('Rows of one page.'),
  statementRows: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(100_000)
    .describe('Rows of one statement: long reads are many bounded statements.'),
  costs: z
    .boolean()
    .default(true)
    .describe(
      'Whether the report of a run tells the seconds of the warehouse and the bytes scanned: one more statement per stream and run.',
    ),
  maxSeconds: z
    .int()
    .min(1)
    .optional()
    .describe(
      'Seconds that the statements of one run may take together; then the run stops at its last checkpoint and the next one goes on.',
    ),
});
export type SnowflakeConfig = z.infer<typeof snowflakeConfig>;

export const changeDetections = ['auto', 'changes', 'cursor', 'reconcile'] as const;
export type ChangeDetection = (typeof changeDetections)[number];

/** Settings of one stream. */
export const snowflakeStream = z
  .strictObject({
    table: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Table or view: `TABLE`, `SCHEMA.TABLE` or `DATABASE.SCHEMA.TABLE`; the name of the stream when absent.',
      ),
    query: z
      .string()
      .regex(/^\s*(SELECT|WITH)\b/i, 'must be one SELECT')
      .optional()
      .describe('A SELECT in place of a table: its joins and aggregates run in the warehouse.'),
    where: z
      .string()
      .min(1)
      .optional()
      .describe('SQL condition on the rows of the table; a row that no longer meets it counts as gone.'),
    key: z.array(z.string().min(1)).min(1).max(10).describe('Columns that identify a row.'),
    cursor: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Column that grows with every change (timestamp, date or number; numbers must be committed in order).',
      ),
    changes: z
      .enum(changeDetections)
      .default('auto')
      .describe(
        '`changes`: the change history of a table that tracks changes. `cursor`: rows whose cursor has grown. `reconcile`: rows of those buckets whose hash differs. `auto`: the first of these that the table allows.',
      ),
    ignore: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Columns that change without meaning (load times, run ids): no row counts as changed for them alone.',
      ),
    buckets: z
      .int()
      .min(1)
      .max(16_384)
      .refine((count) => (count & (count - 1)) === 0, 'must be a power of two')
      .default(1024)
      .describe(
        'Into how many buckets the keys are hashed to be compared; about the square root of the rows.',
      ),
  })
  .refine((stream) => stream.query === undefined || stream.table === undefined, {
    path: ['query'],
    message: 'stands in place of `table`: give one of them',
  })
  .refine((stream) => stream.query === undefined || stream.changes !== 'changes', {
    path: ['changes'],
    message: 'a query has no change history: choose cursor, reconcile or auto',
  })
  .refine((stream) => stream.changes !== 'cursor' || stream.cursor !== undefined, {
    path: ['changes'],
    message: 'needs a `cursor` column',
  });
export type SnowflakeStream = z.infer<typeof snowflakeStream>;
