import { inFlight } from '../emulators/write-config.ts';
import { createBatcher } from './batcher.ts';
import { batchLimits, createEncoder, type EncodedDocument } from './encode-documents.ts';
import * as azure from './post-azure.ts';
import * as bedrock from './post-bedrock.ts';
import { readSources } from './read-sources.ts';
import { produce, type LoopResult, type Setup } from './setup.ts';

/** The same batches and the same polls as the engine's, with `fetch`. */
export async function sameRequests({ config, kinds, streams, env }: Setup): Promise<LoopResult> {
  const encode = createEncoder(config);
  const limits = batchLimits(config);
  const toBedrock = bedrock.createBedrockSender(bedrock.placeOf(env), inFlight.bedrock);
  const toAzure = azure.createAzureSender(azure.placeOf(env), inFlight.azure);
  const ten = createBatcher<EncodedDocument>(
    limits.bedrock,
    (one) => one.bedrock.length,
    (batch) => toBedrock.send(batch.map(({ id, bedrock: wire }) => ({ id, wire }))),
  );
  const thousand = createBatcher<EncodedDocument>(
    limits.azure,
    (one) => one.azure.length,
    (batch) => toAzure.send(batch.map((one) => one.azure)),
  );
  let documents = 0;
  const records = await produce(
    kinds,
    async (onPage) => (await readSources(streams, env, onPage)).records,
    async (kind, record) => {
      const document = encode(kind, record);
      if (!document) return;
      documents++;
      await ten.add(document);
      await thousand.add(document);
    },
  );
  await Promise.all([ten.flush(), thousand.flush()]);
  await Promise.all([toBedrock.finished(), toAzure.finished()]);
  return { documents, records };
}
