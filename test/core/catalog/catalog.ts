import type {
  Catalog,
  IndexDefinition,
  KindDefinition,
  Lease,
  PageInput,
} from '../../../core/catalog/index.ts';
import { openCatalog } from '../../../core/catalog/index.ts';
import type { JsonObject } from '../../../core/contract/json.ts';

/** A catalog in memory on a clock of its own, with a lease on everything the tests touch. */
export function createTestCatalog(
  streams: readonly string[] = ['crm.Account'],
  slots: readonly string[] = [],
) {
  let time = Date.UTC(2026, 0, 15);
  const catalog = openCatalog(':memory:', () => time);
  const slot = (name: string): number => catalog.documents.slot(name, 'default');
  const names = [
    'compose',
    ...streams.map((stream) => `stream:${stream}`),
    ...slots.map((name) => `slot:${slot(name)}`),
  ];
  return {
    catalog,
    lease: take(catalog, names),
    slot,
    advance: (ms: number) => void (time += ms),
  };
}

export function take(catalog: Catalog, names: readonly string[]): Lease {
  const lease = catalog.leases.acquire(names);
  if ('heldBy' in lease) throw new Error(`held by ${lease.heldBy}`);
  return lease;
}

/** An instant of the source's clock, by its number. */
export const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

export const page = (asOf: number, more: Partial<Omit<PageInput, 'asOf'>> = {}): PageInput => ({
  asOf: at(asOf),
  records: [],
  deleted: [],
  unreadable: [],
  cursor: undefined,
  bulk: false,
  ...more,
});

const indexOn = (
  role: 'anchor' | 'part',
  stream: string,
  field: string,
  order?: string,
): IndexDefinition => ({
  stream,
  definition: JSON.stringify([role, stream, field, order ?? null]),
  entry(data: JsonObject) {
    const value = data[field];
    if (value === undefined || value === null) return undefined;
    return { value: String(value), order: order === undefined ? '' : String(data[order]) };
  },
});

export interface PartSketch {
  readonly path: string;
  readonly stream: string;
  readonly on: readonly [parentField: string, partField: string];
  readonly order?: string;
  readonly descending?: boolean;
  readonly limit?: number;
}

/** A kind as the catalog knows it: every node uses the field `name` besides its joins and its order. */
export function kindOf(
  name: string,
  root: string,
  parts: readonly PartSketch[] = [],
  fingerprint = 'one',
): KindDefinition {
  const streamOf = (path: string): string => parts.find((part) => part.path === path)?.stream ?? root;
  const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const joinFields = (path: string): string[] =>
    parts.filter((part) => parentOf(part.path) === path).map((part) => part.on[0]);
  const shared = { required: true, waitMs: 0 };
  return {
    name,
    fingerprint,
    nodes: [
      {
        path: '',
        name: '',
        stream: root,
        parent: undefined,
        fields: ['name', ...joinFields('')],
        ...shared,
        limit: 1,
        descending: false,
        parentIndex: undefined,
        partIndex: undefined,
      },
      ...parts.map((part) => ({
        path: part.path,
        name: part.path.split('.').at(-1)!,
        stream: part.stream,
        parent: parentOf(part.path),
        fields: ['name', part.on[1], ...(part.order ? [part.order] : []), ...joinFields(part.path)],
        ...shared,
        limit: part.limit ?? 10,
        descending: part.descending ?? false,
        parentIndex: indexOn('anchor', streamOf(parentOf(part.path)), part.on[0]),
        partIndex: indexOn('part', part.stream, part.on[1], part.order),
      })),
    ],
  };
}

/** Reads the streams to their end, builds the indexes and opens the kinds. */
export function openKinds(catalog: Catalog, lease: Lease, kinds: readonly KindDefinition[]): void {
  catalog.kinds.define(lease, kinds);
  for (const stream of new Set(kinds.flatMap((kind) => kind.nodes.map((node) => node.stream))))
    catalog.streams.finish(lease, stream);
  while (catalog.kinds.buildIndexes(lease));
  catalog.kinds.open(lease, 0);
}

/** Expands everything and answers the keys of the documents that are to be composed, which are then taken as composed. */
export function dirtyKeys(catalog: Catalog, lease: Lease, kind: string): string[] {
  while (catalog.kinds.expand(lease));
  const keys = new Map(catalog.kinds.rootRecords(kind, '', 100_000).map((one) => [one.id, one.key]));
  const found: string[] = [];
  for (;;) {
    const dirty = catalog.kinds.takeDirty(kind, 1000);
    if (dirty.length === 0) return found.sort();
    found.push(...dirty.map((one) => keys.get(one.record) ?? `record ${one.record}`));
    catalog.documents.saveComposed(
      lease,
      kind,
      dirty.map((one) => ({ ...one, id: undefined, content: undefined, targets: [] })),
    );
  }
}
