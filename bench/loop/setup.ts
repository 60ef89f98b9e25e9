import type { StreamConfig, Config } from '../../core/config/config.ts';
import { loadConfig } from '../../core/config/load-config.ts';
import { registry } from '../../connectors/index.ts';
import type { Kind, RecordNode } from '../../core/documents/index.ts';
import { compileKinds } from '../../sync/compile-kinds.ts';
import { joinInMemory, type PlainRecord } from './join-in-memory.ts';

/** What every loop starts from: the configuration's kinds, and the streams that they use. */
export interface Setup {
  readonly config: Config;
  readonly kinds: readonly Kind[];
  readonly streams: readonly StreamConfig[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export async function readSetup(path: string): Promise<Setup> {
  const { env } = process;
  const config = await loadConfig(path, registry);
  const host = env['SALESFORCE_LINK_URL'] ?? env['SALESFORCE_LOGIN_URL'];
  const systems = {
    salesforce: {
      system: 'salesforce',
      instance: '00DEM0000000001EAA',
      link: (stream: string, key: string) => `${host}/lightning/r/${stream}/${key}/view`,
    },
    snowflake: { system: 'snowflake', instance: 'TRIBUTARY_DEMO.ANALYTICS' },
  };
  const kinds = [...compileKinds(config, systems).values()];
  const used = new Set(kinds.flatMap((kind) => kind.nodes.map((node) => node.stream)));
  const streams = Object.values(config.sources)
    .flatMap((source) => Object.values(source.streams))
    .filter((stream) => used.has(stream.id));
  return { config, kinds, streams, env };
}

/** Told every page of a stream as it comes. */
export type OnPage = (stream: string, page: readonly PlainRecord[]) => Promise<void>;

/** Documents of one record alone are made with the page; joined ones when everything has been read. Answers how many records there were. */
export async function produce(
  kinds: readonly Kind[],
  read: (onPage: OnPage) => Promise<ReadonlyMap<string, readonly PlainRecord[]>>,
  make: (kind: Kind, record: RecordNode) => Promise<void>,
): Promise<number> {
  const plain = kinds.filter((kind) => kind.root.children.length === 0);
  const records = await read(async (stream, page) => {
    for (const kind of plain.filter((one) => one.root.stream === stream))
      for (const record of page) await make(kind, { ...record, parts: {} });
  });
  for (const kind of kinds.filter((one) => !plain.includes(one)))
    for (const record of joinInMemory(kind, (stream) => records.get(stream)!)) await make(kind, record);
  return [...records.values()].reduce((sum, one) => sum + one.length, 0);
}

export interface LoopResult {
  readonly documents: number;
  readonly records: number;
}
