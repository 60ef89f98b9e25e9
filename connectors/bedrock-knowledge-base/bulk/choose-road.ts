import type { Change } from '../../../core/contract/destination.ts';
import { standsOn, type RoadName } from './travel.ts';

export interface Choice {
  /** Where the document goes; of a delete, the first road it is deleted on. */
  readonly road: RoadName;
  /** Where it is deleted afterwards. */
  readonly then: readonly RoadName[];
  /** No road takes it: why. */
  readonly refused?: string;
}
export interface RoadFacts {
  /** The run is large enough for the S3 road. */
  readonly isLargeLoad: boolean;
  /** Documents are to leave the S3 road. */
  readonly isLeaving: boolean;
  /** Why a document cannot take a road, if it cannot. */
  refusal(road: RoadName): string | undefined;
  /** The inventory has shown the document on both roads. */
  readonly isOnBoth: boolean;
}

const both: readonly RoadName[] = ['direct', 's3'];

/** An address of the S3 road: the books keep it of every document that may stand there. */
export const hasObject = ({ addresses }: Change): boolean =>
  addresses.some((address) => address.startsWith('s3://'));

/** Where a document may stand, by its receipt, its addresses, and an attempt that was never answered. */
function mayStandOn(change: Change, { isOnBoth }: RoadFacts): readonly RoadName[] {
  const stands = standsOn(change.receipt);
  const isKnown = stands === 'direct' || stands === 's3';
  const onDirect = isOnBoth || stands === 'direct' || (!isKnown && change.inDoubt === true);
  const onS3 = isOnBoth || stands === 's3' || hasObject(change);
  return both.filter((road) => (road === 'direct' ? onDirect : onS3));
}

/**
 * A document keeps the road it is on: moving it would take as many requests as sending it. What stands nowhere yet takes
 * the S3 road when the run is large; what is too large to be sent directly takes it always.
 */
export function chooseRoad(change: Change, facts: RoadFacts): Choice {
  const before = mayStandOn(change, facts);
  if (change.action === 'delete') {
    const stands = standsOn(change.receipt);
    const [road = 'direct', ...then] = stands === 'direct' || stands === 's3' ? before : both;
    return { road, then };
  }
  const stands = standsOn(change.receipt) ?? (hasObject(change) ? 's3' : undefined);
  const prefersS3 = stands === 's3' || (stands !== 'direct' && facts.isLargeLoad);
  const order: readonly RoadName[] = facts.isLeaving ? ['direct'] : prefersS3 ? ['s3', 'direct'] : both;
  const road = order.find((one) => facts.refusal(one) === undefined);
  if (road === undefined)
    return {
      road: 'direct',
      then: [],
      refused: order.map((one) => facts.refusal(one)).join('; or by way of S3: '),
    };
  return { road, then: before.filter((one) => one !== road) };
}
