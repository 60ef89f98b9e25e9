import type { Expectation } from '../../../core/contract/destination.ts';
import type { BedrockConfig } from '../config.ts';
import type { BulkConfig } from './bulk-config.ts';

/** Two objects for each document, 32 requests at once, about 30 ms each. */
const documentsPutPerSecond = 500;

/** For the plan: which way the documents of a run go, and how long that takes at the least. */
export function describeRoad(
  documents: number,
  isLargeLoad: boolean,
  config: Pick<BedrockConfig, 'batchSize' | 'requestsPerSecond'>,
  bulk: BulkConfig,
): Expectation {
  const directSeconds = Math.ceil(documents / (config.batchSize * config.requestsPerSecond));
  if (isLargeLoad)
    return {
      road: `what is new by way of s3://${bulk.bucket}/${bulk.prefix} and an ingestion job, which takes as long as Bedrock needs for it`,
      seconds: Math.ceil(documents / documentsPutPerSecond),
    };
  const beyond = bulk.from === 'never' ? 'documents leave the S3 road' : `by way of S3 from ${bulk.from} on`;
  return { road: `directly (${beyond})`, seconds: directSeconds };
}
