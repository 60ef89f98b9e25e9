import type { DataSource } from '@aws-sdk/client-bedrock-agent';
import type { Finding } from '../../../core/contract/survey.ts';
import { attempt } from '../attempt.ts';
import { canonical } from '../source-request.ts';
import type { BulkConfig } from './bulk-config.ts';

/** The S3 road: its data source, whether the bucket can be listed, and whether both roads cut documents alike. */
export async function surveyRoad(
  bulk: BulkConfig,
  read: {
    source(): Promise<DataSource>;
    directSource(): Promise<DataSource>;
    objects(): Promise<unknown>;
  },
): Promise<readonly Finding[]> {
  const source = await attempt(read.source);
  if (source === undefined) return [];
  const what = `road by way of s3://${bulk.bucket}/${bulk.prefix}`;
  const detail = `data source "${source.name}" is ${source.status} and reads exactly this`;
  if ((await attempt(async () => [await read.objects()])) === undefined)
    return [
      {
        what,
        status: 'problem',
        detail: `${detail}; its objects cannot be listed`,
        hint: 'attach the policy below to the role or user that Tributary runs as',
      },
    ];
  const direct = await attempt(read.directSource);
  const [one, other] = [source, direct].map(
    (found) => found?.vectorIngestionConfiguration?.chunkingConfiguration,
  );
  if (one !== undefined && other !== undefined && canonical(one) !== canonical(other))
    return [
      {
        what,
        status: 'advice',
        detail: `${detail}, but cuts documents otherwise than the direct road`,
        hint: 'chunking never changes: make one of the data sources again if passages should be alike',
      },
    ];
  return [{ what, status: 'fine', detail: `${detail}; its objects can be listed` }];
}
