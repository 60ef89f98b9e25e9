import type { WriteChange } from '../../core/contract/destination.ts';
import { createBatcher } from './batcher.ts';
import { produce, type LoopResult, type Setup } from './setup.ts';
import { openThroughConnector, readThroughConnectors } from './through-connectors.ts';

/** The connectors with their SDKs, and no engine: what is left between this and the engine is the engine's own. */
export async function connectorsOnly({ config, kinds, streams }: Setup): Promise<LoopResult> {
  const opened = await Promise.all(['bedrock', 'azure'].map((name) => openThroughConnector(config, name)));
  const planes = opened.map(({ sender, destination, change }) => ({
    sender,
    change,
    batcher: createBatcher<WriteChange>(
      destination.limits(),
      (one) => destination.encode(one).bytes,
      (batch) => sender.send(batch),
    ),
  }));
  let documents = 0;
  const records = await produce(
    kinds,
    (onPage) => readThroughConnectors(config, streams, onPage),
    async (kind, record) => {
      const composition = kind.compose(record, []);
      if (composition.status !== 'composed') return;
      documents++;
      for (const plane of planes)
        await plane.batcher.add(plane.change(composition.document, composition.content));
    },
  );
  await Promise.all(planes.map((plane) => plane.batcher.flush()));
  await Promise.all(planes.map((plane) => plane.sender.finished()));
  return { documents, records };
}
