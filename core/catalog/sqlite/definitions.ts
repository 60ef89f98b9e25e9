import type { IndexDefinition, KindDefinition, NodeDefinition } from '../catalog.ts';

/** An index with its number in the catalog. */
export interface StoredIndex extends IndexDefinition {
  readonly id: number;
}
/** A node with its kind and the numbers of its indexes. */
export interface StoredNode extends Omit<NodeDefinition, 'parentIndex' | 'partIndex'> {
  readonly kind: number;
  readonly parentIndex: StoredIndex | undefined;
  readonly partIndex: StoredIndex | undefined;
}
export interface StoredKind {
  readonly id: number;
  readonly name: string;
  readonly definition: KindDefinition;
  readonly nodes: readonly StoredNode[];
  opened: boolean;
}

/** What this process has been told of kinds and indexes, by the keys that the movements ask for. */
export interface Definitions {
  readonly kinds: Map<string, StoredKind>;
  readonly kindsById: Map<number, StoredKind>;
  readonly indexes: Map<number, StoredIndex>;
  /** By stream id `<source>.<stream>`. */
  readonly indexesByStream: Map<string, StoredIndex[]>;
  readonly nodesByStream: Map<string, StoredNode[]>;
}

export const noDefinitions = (): Definitions => ({
  kinds: new Map(),
  kindsById: new Map(),
  indexes: new Map(),
  indexesByStream: new Map(),
  nodesByStream: new Map(),
});

export const pushTo = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};
