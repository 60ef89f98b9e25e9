import { z } from 'zod';
import type { Json } from '../../core/contract/json.ts';
import type { Probe } from './probe.ts';

/** What is known of one accepted change. Plain JSON: the engine keeps it between the asks. */
export interface Receipt {
  /** `updatedAt` of the document in the answer that accepted the change: the service's clock. */
  readonly acceptedAt?: string | undefined;
  /** Our clock at acceptance. */
  readonly since: number;
  readonly asks: number;
  /** A status of this very change has been seen while it was processed. */
  readonly seen: boolean;
  /** An earlier request for the document may still take effect, so one good status is not enough. */
  readonly doubtful: boolean;
  /** The final status first seen of a doubtful change: it must stay as it is for the doubt window. */
  readonly settling?: { readonly updatedAt?: string | undefined; readonly since: number } | undefined;
  /** Of a doubtful write: how to see whether it is really this change that is in force. */
  readonly probe?: Probe | undefined;
}

const schema = z.object({
  acceptedAt: z.string().optional(),
  since: z.number(),
  asks: z.number(),
  seen: z.boolean(),
  doubtful: z.boolean(),
  settling: z.object({ updatedAt: z.string().optional(), since: z.number() }).optional(),
  probe: z.object({ text: z.string(), expected: z.record(z.string(), z.string()) }).optional(),
});

/** A receipt that cannot be read proves nothing: undefined. */
export const readReceipt = (json: Json): Receipt | undefined => schema.safeParse(json).data;

export function writeReceipt(receipt: Receipt): Json {
  const { acceptedAt, since, asks, seen, doubtful, settling, probe } = receipt;
  return {
    ...(acceptedAt === undefined ? {} : { acceptedAt }),
    since,
    asks,
    seen,
    doubtful,
    ...(settling === undefined
      ? {}
      : {
          settling: {
            ...(settling.updatedAt === undefined ? {} : { updatedAt: settling.updatedAt }),
            since: settling.since,
          },
        }),
    ...(probe === undefined ? {} : { probe: { text: probe.text, expected: probe.expected } }),
  };
}
