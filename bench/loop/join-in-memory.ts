import type { JsonObject } from '../../core/contract/json.ts';
import {
  matches,
  normalise,
  orderKey,
  type Kind,
  type KindNode,
  type RecordNode,
} from '../../core/documents/index.ts';

export interface PlainRecord {
  readonly key: string;
  readonly data: JsonObject;
  readonly modifiedAt?: string;
}
interface Tree extends RecordNode {
  readonly parts: Record<string, readonly Tree[]>;
}

/** Every root record of a kind with its parts, joined by maps that hold everything. */
export function* joinInMemory(
  kind: Kind,
  recordsOf: (stream: string) => readonly PlainRecord[],
): Generator<RecordNode> {
  const found = new Map<KindNode, Map<string, PlainRecord[]>>();
  for (const node of kind.nodes) if (node.join) found.set(node, byJoinValue(node, recordsOf(node.stream)));
  const grow = (record: PlainRecord, node: KindNode): Tree => {
    const parts: Record<string, readonly Tree[]> = {};
    for (const child of node.children) {
      const value = normalise(child.join!.parent.as, record.data[child.join!.parent.field]);
      const own = (value === undefined ? undefined : found.get(child)!.get(value)) ?? [];
      parts[child.name] = own.slice(0, child.one ? 1 : child.limit).map((part) => grow(part, child));
    }
    return { ...record, parts };
  };
  for (const record of recordsOf(kind.root.stream)) {
    if (!kind.root.where || matches(kind.root.where, record.data)) yield grow(record, kind.root);
  }
}

function byJoinValue(node: KindNode, records: readonly PlainRecord[]): Map<string, PlainRecord[]> {
  const groups = new Map<string, { order: string; record: PlainRecord }[]>();
  for (const record of records) {
    if (node.where && !matches(node.where, record.data)) continue;
    const value = normalise(node.join!.part.as, record.data[node.join!.part.field]);
    if (value === undefined) continue;
    const entry = { order: node.order ? orderKey(record.data[node.order.field]) : '', record };
    const group = groups.get(value);
    if (group) group.push(entry);
    else groups.set(value, [entry]);
  }
  const sign = node.order?.descending ? -1 : 1;
  return new Map(
    [...groups].map(([value, group]) => [
      value,
      group
        .sort(
          (one, other) =>
            sign * (compare(one.order, other.order) || compare(one.record.key, other.record.key)),
        )
        .map((one) => one.record),
    ]),
  );
}

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
