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
      road: `what is new goes by way of s3://${bulk.bucket}/${bulk.prefix} and an ingestion job, which takes as long as Bedrock needs`,
      seconds: Math.ceil(documents / documentsPutPerSecond),
    };
  return {
    road:
      bulk.from === 'never'
        ? 'all go directly, and leave the S3 road'
        : `on the roads that they are on, new ones directly (by way of S3 from ${bulk.from} changes on)`,
    seconds: directSeconds,
  };
}
