import { fetchAgain } from './fetch-again.ts';
import { inFlight } from '../emulators/write-config.ts';
import { createBatcher } from './batcher.ts';
import { batchLimits, createEncoder, type EncodedDocument } from './encode-documents.ts';
import * as azure from './post-azure.ts';
import * as bedrock from './post-bedrock.ts';
import { readSources, type RecordedRequest } from './read-sources.ts';
import { produce, type LoopResult, type Setup } from './setup.ts';

const readsAtOnce = 8;

interface ReadyBytes extends LoopResult {
  readonly reads: readonly RecordedRequest[];
  readonly bedrock: readonly bedrock.ReadyRequest[];
  readonly azure: readonly bedrock.ReadyRequest[];
}

/** Not measured: reads and composes once, so that every request and every body is ready to leave. */
export async function prepareBytes({ config, kinds, streams, env }: Setup): Promise<ReadyBytes> {
  const encode = createEncoder(config);
  const limits = batchLimits(config);
  const places = { bedrock: bedrock.placeOf(env), azure: azure.placeOf(env) };
  const ready = { bedrock: [] as bedrock.ReadyRequest[], azure: [] as bedrock.ReadyRequest[] };
  const ten = createBatcher<EncodedDocument>(
    limits.bedrock,
    (one) => one.bedrock.length,
    async (batch) => {
      const wires = batch.map((one) => one.bedrock);
      ready.bedrock.push(bedrock.ingestRequest(places.bedrock, wires));
    },
  );
  const thousand = createBatcher<EncodedDocument>(
    limits.azure,
    (one) => one.azure.length,
    async (batch) => {
      const actions = batch.map((one) => one.azure);
      ready.azure.push(azure.indexRequest(places.azure, actions));
    },
  );
  let reads: readonly RecordedRequest[] = [];
  let documents = 0;
  const records = await produce(
    kinds,
    async (onPage) => {
      const read = await readSources(streams, env, onPage);
      reads = read.requests;
      return read.records;
    },
    async (kind, record) => {
      const document = encode(kind, record);
      if (!document) return;
      documents++;
      await ten.add(document);
      await thousand.add(document);
    },
  );
  await Promise.all([ten.flush(), thousand.flush()]);
  return { documents, records, reads, ...ready };
}

/** Moves the same bytes: pages are fetched and not looked at, nothing is asked about. */
export async function bytesOnly({ documents, records, reads, ...ready }: ReadyBytes): Promise<LoopResult> {
  const reader = bedrock.createSender(readsAtOnce, async ({ url, init }: RecordedRequest) => {
    await (await fetchAgain(url, init)).arrayBuffer();
  });
  for (const request of reads) await reader.send(request);
  await reader.finished();
  const sendAll = async (requests: readonly bedrock.ReadyRequest[], atOnce: number): Promise<void> => {
    const sender = bedrock.createSender(atOnce, async (one: bedrock.ReadyRequest) => {
      await bedrock.ok(one);
    });
    for (const one of requests) await sender.send(one);
    await sender.finished();
  };
  await Promise.all([sendAll(ready.bedrock, inFlight.bedrock), sendAll(ready.azure, inFlight.azure)]);
  return { documents, records };
}
