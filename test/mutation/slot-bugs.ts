import type { Bug } from './bug.ts';

const blueGreen = 'test/sync/slots/blue-green.test.ts';

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
];
