import type { Registry } from '../../core/config/config.ts';
import {
  modelDestination,
  modelSource,
  type ModelDestination,
  type ModelSource,
} from '../../core/testing/index.ts';
import type { Workload } from './workload.ts';

export interface ModelBench {
  readonly source: ModelSource;
  readonly left: ModelDestination;
  readonly right: ModelDestination;
  readonly registry: Registry;
  readonly yaml: string;
}

/** A workload on a model source and two model destinations that keep fingerprints only. */
export function createModelBench(
  workload: Workload,
  options: { readonly reconcile?: string } = {},
): ModelBench {
  const source = modelSource({ pageSize: 2000, versions: true, streams: workload.streams });
  const destination = (type: string): ModelDestination =>
    modelDestination({
      type,
      keepDocuments: false,
      limits: { maxDocuments: 500, maxBytes: 12_000_000, requestsPerSecond: 1_000_000 },
    });
  const left = destination('model-left');
  const right = destination('model-right');
  const fieldsOf = (stream: string): string[] => Object.keys(workload.streams[stream]!.row(0)[1]);
  const reconcile = options.reconcile === undefined ? '' : `, reconcile: ${options.reconcile}`;
  return {
    source,
    left,
    right,
    registry: {
      sources: { model: async () => source.connector as never },
      destinations: {
        'model-left': async () => left.connector as never,
        'model-right': async () => right.connector as never,
      },
    },
    yaml: `
namespace: bench
sources:
  crm:
    type: model
    streams:
${Object.keys(workload.streams)
  .map((stream) => `      ${stream}: { fields: [${fieldsOf(stream).join(', ')}]${reconcile} }`)
  .join('\n')}
destinations:
  left: { type: model-left, plane: stateful }
  right: { type: model-right, plane: stateless }
kinds:${workload.kinds}
pipelines:
  all: { kinds: [${workload.kindNames.join(', ')}], destinations: [left, right] }
`,
  };
}
