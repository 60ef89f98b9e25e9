import type { Json, JsonObject } from '../contract/json.ts';

/** Rows made on demand: `row(i)` is called whenever row i is shown, so that a million rows cost no memory. All have the same fields. */
export interface GeneratedRows {
  readonly count: number;
  readonly row: (index: number) => readonly [key: string, data: JsonObject];
}

/** The rows a stream starts with: by key, as pairs, or generated. */
export type ModelRows =
  | Readonly<Record<string, JsonObject>>
  | readonly (readonly [key: string, data: JsonObject])[]
  | GeneratedRows;

/** One change in the history of a stream. `vanished` leaves no trace that a read could show. */
export type ModelChange =
  | { readonly kind: 'row'; readonly key: string; readonly data: JsonObject; readonly at: number }
  | { readonly kind: 'deleted' | 'vanished'; readonly key: string; readonly at: number }
  | {
      readonly kind: 'unreadable';
      readonly key?: string;
      readonly reason: string;
      readonly payload?: Json;
      readonly at: number;
    };

/** A stream as a history: every change takes the next position, and a cursor is a position. */
export interface ModelStream {
  /** The position of the last change. */
  end(): number;
  at(position: number): ModelChange;
  /** The position of the change that replaced this one, if one did. */
  replacedBy(position: number): number | undefined;
  /** Hidden changes keep their position and are shown once `reveal` is called with a time that is not earlier. */
  add(change: ModelChange, hiddenUntil?: number): void;
  reveal(time: number): void;
  isHidden(position: number): boolean;
  /** The earliest position that is still hidden: no cursor may pass it. */
  firstHidden(): number | undefined;
  /** The position that shows the present state of a key. */
  positionOf(key: string): number | undefined;
  /** Positions of what is there now, in order of change. */
  present(): Iterable<number>;
  fields(): ReadonlySet<string>;
}

export function createModelStream(
  rows: ModelRows,
  startedAt: number,
  declared?: readonly string[],
): ModelStream {
  const base = toGenerated(rows);
  const added: ModelChange[] = [];
  const replaced = new Map<number, number>();
  const hidden = new Map<number, number>();
  const known = new Set<string>(declared);
  let index: Map<string, number> | undefined;

  const learn = (data: JsonObject): void => {
    for (const name in data) known.add(name);
  };
  const sample = isGenerated(rows) ? Math.min(base.count, 100) : base.count;
  if (!declared) for (let i = 0; i < sample; i++) learn(base.row(i)[1]);

  const positions = (): Map<string, number> => {
    if (index) return index;
    index = new Map();
    for (let i = 0; i < base.count; i++) index.set(base.row(i)[0], i + 1);
    if (index.size !== base.count) throw new Error('model stream: two rows have the same key');
    return index;
  };
  const show = (position: number): void => {
    const key = added[position - base.count - 1]?.key;
    if (key === undefined) return;
    const earlier = positions().get(key);
    if (earlier !== undefined && earlier > position) replaced.set(position, earlier);
    else {
      if (earlier !== undefined) replaced.set(earlier, position);
      positions().set(key, position);
    }
  };
  const at = (position: number): ModelChange => {
    if (position > base.count) return added[position - base.count - 1]!;
    const [key, data] = base.row(position - 1);
    return { kind: 'row', key, data, at: startedAt };
  };
  const end = (): number => base.count + added.length;
  return {
    end,
    at,
    replacedBy: (position) => replaced.get(position),
    add(change, hiddenUntil) {
      if (change.kind === 'row' && !declared) learn(change.data);
      added.push(change);
      if (hiddenUntil === undefined) show(end());
      else hidden.set(end(), hiddenUntil);
    },
    reveal(time) {
      for (const [position, until] of hidden) {
        if (until > time) continue;
        hidden.delete(position);
        show(position);
      }
    },
    isHidden: (position) => hidden.has(position),
    firstHidden: () => (hidden.size === 0 ? undefined : Math.min(...hidden.keys())),
    positionOf: (key) => positions().get(key),
    *present() {
      for (let position = 1; position <= end(); position++) {
        if (replaced.has(position) || hidden.has(position)) continue;
        const change = at(position);
        if (change.kind === 'row' || (change.kind === 'unreadable' && change.key !== undefined))
          yield position;
      }
    },
    fields: () => known,
  };
}

const isGenerated = (rows: ModelRows): rows is GeneratedRows =>
  typeof (rows as GeneratedRows).row === 'function' && typeof (rows as GeneratedRows).count === 'number';

function toGenerated(rows: ModelRows): GeneratedRows {
  if (isGenerated(rows)) return rows;
  const pairs = Array.isArray(rows) ? rows : Object.entries(rows);
  return { count: pairs.length, row: (i) => pairs[i] };
}
