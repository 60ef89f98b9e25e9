/** A formula whose negations stand at its leaves, which are `Leaf`. */
export type Formula<Leaf> =
  | { readonly kind: 'leaf'; readonly leaf: Leaf }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Formula<Leaf>[] }
  /** Holds for everything: stands for what cannot be said, so that a formula becomes weaker, never stronger. */
  | { readonly kind: 'true' };

/** Groups of leaves: of `any` groups joined by `and` (conjunctive), or of `all` groups joined by `or` (disjunctive). */
export type Groups<Leaf> = readonly (readonly Leaf[])[];

const maxGroups = 64;

/**
 * A formula as groups of leaves, or undefined when that takes more than 64 of them. Conjunctive: no group holds for
 * everything. Disjunctive: an empty group does.
 */
export function toGroups<Leaf>(
  formula: Formula<Leaf>,
  form: 'conjunctive' | 'disjunctive',
): Groups<Leaf> | undefined {
  const adding = form === 'conjunctive' ? 'all' : 'any';
  const expand = (one: Formula<Leaf>): Groups<Leaf> | undefined => {
    if (one.kind === 'true') return form === 'conjunctive' ? [] : [[]];
    if (one.kind === 'leaf') return [[one.leaf]];
    let groups: Groups<Leaf> = one.kind === adding ? [] : [[]];
    for (const part of one.parts) {
      const added = expand(part);
      if (added === undefined) return undefined;
      groups =
        one.kind === adding
          ? [...groups, ...added]
          : groups.flatMap((group) => added.map((more) => [...group, ...more]));
      if (groups.length > maxGroups) return undefined;
    }
    return simplify(groups);
  };
  return expand(formula);
}

/** Drops leaves that stand twice in a group, and groups that another one makes superfluous. */
function simplify<Leaf>(groups: Groups<Leaf>): Groups<Leaf> {
  const keyed = groups.map((group) => new Map(group.map((leaf) => [JSON.stringify(leaf), leaf])));
  const kept = keyed.filter(
    (group, at) =>
      !keyed.some(
        (other, place) =>
          place !== at &&
          other.size <= group.size &&
          (other.size < group.size || place < at) &&
          [...other.keys()].every((key) => group.has(key)),
      ),
  );
  return kept.map((group) => [...group.values()]);
}
