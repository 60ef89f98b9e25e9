import { z } from 'zod';
import type { Json } from '../../core/contract/json.ts';
import type { Services } from './services.ts';

const row: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), z.json());
const salesforceChange = z.strictObject({
  source: z.literal('salesforce'),
  table: z.string(),
  what: z.string().optional(),
});
const snowflakeChange = z.strictObject({
  source: z.literal('snowflake'),
  table: z.string(),
  what: z.string().optional(),
});
const rowKey = z.union([z.string(), z.number(), z.array(z.union([z.string(), z.number()]))]);

/** One thing that somebody does in a source. */
export const sourceChange = z.union([
  salesforceChange.extend({ action: z.literal('insert'), row }),
  salesforceChange.extend({ action: z.literal('update'), key: z.string(), fields: row }),
  salesforceChange.extend({ action: z.literal('delete'), key: z.string() }),
  snowflakeChange.extend({ action: z.literal('insert'), row }),
  snowflakeChange.extend({ action: z.literal('update'), key: rowKey, fields: row }),
  snowflakeChange.extend({ action: z.literal('delete'), key: rowKey }),
]);
export type SourceChange = z.infer<typeof sourceChange>;

/** Does in an emulated source what somebody does in the real one. */
export function playChange(change: SourceChange, { salesforce, snowflake }: Services): void {
  if (change.source === 'salesforce') {
    if (!salesforce) throw new Error('Salesforce is not emulated here');
    if (change.action === 'insert') salesforce.org.insert(change.table, change.row);
    else if (change.action === 'update') salesforce.org.update(change.table, change.key, change.fields);
    else salesforce.org.remove(change.table, change.key);
    return;
  }
  if (!snowflake) throw new Error('Snowflake is not emulated here');
  if (change.action === 'insert') snowflake.warehouse.insert(change.table, change.row);
  else if (change.action === 'update') snowflake.warehouse.update(change.table, change.key, change.fields);
  else snowflake.warehouse.remove(change.table, change.key);
}
