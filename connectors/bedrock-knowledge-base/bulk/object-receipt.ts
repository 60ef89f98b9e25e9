import { z } from 'zod';
import type { Json } from '../../../core/contract/json.ts';
import { readReceipt, writeReceipt, type Receipt } from '../receipt.ts';

/** An accepted change of the S3 road: its objects are changed, and Bedrock has yet to look at them. */
export interface ObjectReceipt {
  /** The process that changed the objects, and its count of such changes: jobs that it starts later cover this one. */
  readonly process: string;
  readonly change: number;
  /** The ingestion job that covers it. */
  readonly job?: string | undefined;
  /** Jobs that have ended without a sign of it. */
  readonly missed?: number | undefined;
  /** It was named to Bedrock by its address: what is known of that request. */
  readonly named?: Receipt | undefined;
}

const schema = z.object({
  process: z.string(),
  change: z.number(),
  job: z.string().optional(),
  missed: z.number().optional(),
  named: z.unknown().optional(),
});

/** A receipt that cannot be read proves nothing: undefined. */
export function readObjectReceipt(json: Json): ObjectReceipt | undefined {
  const { data } = schema.safeParse(json);
  if (!data) return undefined;
  const named = data.named === undefined ? undefined : readReceipt(data.named as Json);
  return { ...data, named };
}

export function writeObjectReceipt({ process, change, job, missed, named }: ObjectReceipt): Json {
  return {
    process,
    change,
    ...(job === undefined ? {} : { job }),
    ...(missed === undefined ? {} : { missed }),
    ...(named === undefined ? {} : { named: writeReceipt(named) }),
  };
}
