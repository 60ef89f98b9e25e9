import type { IndexDefinition, KindDefinition, NodeDefinition } from '../core/catalog/index.ts';
import {
  canonicalJson,
  matches,
  normalise,
  orderKey,
  sha256,
  type JoinSide,
  type KindNode,
} from '../core/documents/index.ts';
import type { OpenKind } from './world.ts';

/** A kind in the catalog's words: nodes with the indexes that join them, and a fingerprint that covers where it goes. */
export function defineKind({ kind, targets }: OpenKind): KindDefinition {
  const nodes: NodeDefinition[] = [];
  const visit = (node: KindNode, parent: KindNode | undefined): void => {
    nodes.push({
      path: node.path,
      name: node.name,
      stream: node.stream,
      parent: parent?.path,
      fields: node.fields,
      required: node.required,
      waitMs: node.waitMs,
      limit: node.one ? 1 : node.limit,
      descending: node.order?.descending ?? false,
      parentIndex: parent && node.join ? anchorIndex(parent.stream, node.join.parent) : undefined,
      partIndex: node.join ? partIndex(node, node.join.part) : undefined,
    });
    for (const child of node.children) visit(child, node);
  };
  visit(kind.root, undefined);
  const slots = targets.map((target) => [
    target.id,
    target.opened,
    target.name,
    target.destination.profile,
    target.config.accepts,
    target.config.plane,
  ]);
  const fingerprint = sha256(canonicalJson([kind.fingerprint, slots]));
  return { name: kind.name, fingerprint, nodes, idle: targets.length === 0 };
}

/** Where parents stand, by the value they look for. */
const anchorIndex = (stream: string, side: JoinSide): IndexDefinition => ({
  stream,
  definition: canonicalJson(['anchor', stream, side.field, side.as]),
  entry(data) {
    const value = normalise(side.as, data[side.field]);
    return value === undefined ? undefined : { value, order: '' };
  },
});

/** Where parts stand, by the value they are found by, in the part's order, and only those its condition lets in. */
const partIndex = (node: KindNode, side: JoinSide): IndexDefinition => {
  const { where, order } = node;
  return {
    stream: node.stream,
    definition: canonicalJson([
      'part',
      node.stream,
      side.field,
      side.as,
      where ?? null,
      order?.field ?? null,
    ]),
    entry(data) {
      if (where && !matches(where, data)) return undefined;
      const value = normalise(side.as, data[side.field]);
      return value === undefined ? undefined : { value, order: order ? orderKey(data[order.field]) : '' };
    },
  };
};
