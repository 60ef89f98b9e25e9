import type { Bug } from './bug.ts';

const blueGreen = 'test/sync/slots/blue-green.test.ts';
const rebuild = 'test/sync/catalog/rebuild.test.ts';

export const slotBugs: readonly Bug[] = [
  {
    name: 'agents led to a slot that is not verified',
    file: 'sync/slots/blue-green.ts',
    find: 'const isReady = problems.length === 0 && verified.every((one) => one.verified);',
    replace: 'const isReady = problems.length === 0;',
    breaks: 'agents are led to an index that lacks documents',
    tests: [blueGreen],
  },
  {
    name: 'pointers not moved back',
    file: 'sync/slots/cut-over.ts',
    find: 'for (const { destination, from, fromLabel } of procedure.moves.toReversed()) {',
    replace: 'for (const { destination, from, fromLabel } of procedure.moves.slice(0, 0)) {',
    breaks: 'the planes lead to different generations when one cannot follow',
    tests: [blueGreen],
  },
  {
    name: 'journal of a cut-over not written before its first pointer',
    file: 'sync/slots/cut-over.ts',
    find: "at = record(catalog, lease, { ...rest, phase: 'cut-over', cutOverAt: world.now() });",
    replace: "at = { ...rest, phase: 'cut-over', cutOverAt: world.now() };",
    breaks: 'who dies between two pointers leaves the planes apart',
    tests: [blueGreen],
  },
  {
    name: 'attempts of a restored catalog believed',
    file: 'sync/catalog/relearn.ts',
    find: "const closings = items.map((item) => [item.document, { status: 'unknown' as const }] as const);",
    replace: "const closings = items.map((item) => [item.document, { status: 'done' as const }] as const);",
    breaks: 'what a backup had under way is taken for held',
    tests: [rebuild],
  },
];
