import { apiError } from './api-error.ts';
import type { ObjectType } from './object-type.ts';
import type { Org } from './org.ts';
import { quote, toStamp } from './values.ts';

type Span = (object: ObjectType, start: string | null, end: string | null) => Record<string, unknown>;
export interface Replication {
  readonly deleted: Span;
  readonly updated: Span;
}

const minute = 60_000;
const dayMs = 24 * 3_600_000;

/**
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm
 * https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getupdated.htm
 */
export function createReplication(org: Org, now: () => number, maxIds: number): Replication {
  const refuse = (message: string) => apiError(400, 'INVALID_REPLICATION_DATE', message);
  const spanOf = (object: ObjectType, start: string | null, end: string | null, days: number) => {
    if (!object.columns.has('IsDeleted')) {
      throw apiError(400, 'INVALID_TYPE_FOR_OPERATION', `${object.name} is not replicable`);
    }
    const [from = NaN, to = NaN] = [start, end].map((one) =>
      one === null || !/T\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(one)
        ? NaN
        : Math.floor(Date.parse(one) / minute) * minute,
    );
    if (Number.isNaN(from) || Number.isNaN(to)) {
      throw apiError(400, 'INVALID_FIELD', 'start and end must be dates and times');
    }
    if (to - from < minute) throw refuse('endDate must be at least one minute greater than startDate');
    if (from < now() - days * dayMs) throw refuse(`startDate cannot be more than ${days} days ago`);
    return { from, to };
  };
  const covered = (): string => toStamp(Math.floor((org.oldestOpenMs() ?? now()) / minute) * minute);
  const bounded = <T>(ids: readonly T[]): readonly T[] => {
    if (ids.length > maxIds)
      throw apiError(400, 'EXCEEDED_ID_LIMIT', `More than ${maxIds} ids are in the span`);
    return ids;
  };
  return {
    deleted(object, start, end) {
      const { from, to } = spanOf(object, start, end, 15);
      const { entries, wholeFrom } = org.deletedBetween(object.name, from, to);
      if (wholeFrom > now() - 15 * dayMs && from < wholeFrom) {
        throw refuse('The delete log has been purged: do a full pull of the table');
      }
      return {
        deletedRecords: bounded(entries).map(({ id, at }) => ({ deletedDate: toStamp(at), id })),
        earliestDateAvailable: toStamp(wholeFrom),
        latestDateCovered: covered(),
      };
    },
    updated(object, start, end) {
      const { from, to } = spanOf(object, start, end, 30);
      const rows = org.database
        .prepare(
          `SELECT Id FROM ${quote(object.name)} WHERE SystemModstamp >= ? AND SystemModstamp < ? AND IsDeleted = 0`,
        )
        .all(toStamp(from), toStamp(to));
      return { ids: bounded(rows).map((row) => String(row['Id'])), latestDateCovered: covered() };
    },
  };
}
