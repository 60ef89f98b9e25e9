import type { ReadParts } from './read.ts';

/** Query jobs and their results have daily quotas of their own, of which this source keeps to the same share. */
export async function hasBulkQuota({ client, config, context }: ReadParts, object: string): Promise<boolean> {
  const limits = await client.limits();
  for (const name of ['DailyBulkV2QueryJobs', 'DailyBulkV2QueryFileStorageMB']) {
    const limit = limits[name];
    if (!limit || limit.Max - limit.Remaining < limit.Max * config.apiShare) continue;
    context.log.warn('A daily quota of the Bulk API is nearly used up: records are read by the REST API', {
      object,
      quota: name,
      remaining: limit.Remaining,
      limit: limit.Max,
    });
    return false;
  }
  return true;
}
