import { z } from 'zod';
import type { Json } from '../../../core/contract/json.ts';

/** CUSTOM: sent directly. S3: an object that Bedrock reads. */
export type RoadName = 'direct' | 's3';

/**
 * A change on its way along the roads: the road it is on, the receipt there, and the roads on which the document is to
 * be deleted afterwards. A document is written where it goes before it is deleted where it was: twice for a moment, and
 * never absent.
 */
export interface Travel {
  readonly road: RoadName;
  readonly action: 'write' | 'delete';
  /** Undefined while the step has not begun. */
  readonly receipt?: Json | undefined;
  readonly then: readonly RoadName[];
  /** Where the document has been written, once it has. */
  readonly written?: RoadName | undefined;
}

const roadName = z.enum(['direct', 's3']);
const schema = z.object({
  road: roadName,
  action: z.enum(['write', 'delete']),
  receipt: z.unknown().optional(),
  then: z.array(roadName),
  written: roadName.optional(),
});

export function readTravel(json: Json): Travel | undefined {
  const { data } = schema.safeParse(json);
  return data && { ...data, receipt: data.receipt as Json | undefined };
}

export const writeTravel = ({ road, action, receipt, then, written }: Travel): Json => ({
  road,
  action,
  ...(receipt === undefined ? {} : { receipt }),
  then: [...then],
  ...(written === undefined ? {} : { written }),
});

/** What is kept of a change in force: where the document stands. */
export const standing = (road: RoadName | undefined): Json => ({ stands: road ?? 'nowhere' });

const place = z.object({ stands: z.enum(['direct', 's3', 'nowhere']) });
/** A receipt of a change that is in force. */
export const isStanding = (receipt: Json): boolean => place.safeParse(receipt).success;
/** Of a destination with one road. */
const direct = z.object({ status: z.string() });

/** Where a document stands by its last receipt; undefined: nothing is known. */
export function standsOn(receipt: Json | undefined): RoadName | 'nowhere' | undefined {
  const known = place.safeParse(receipt).data;
  if (known) return known.stands;
  const { data } = direct.safeParse(receipt);
  return data === undefined ? undefined : data.status === 'NOT_FOUND' ? 'nowhere' : 'direct';
}
