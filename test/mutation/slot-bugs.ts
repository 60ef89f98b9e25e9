import type { Bug } from './bug.ts';

const blueGreen = 'test/sync/slots/blue-green.test.ts';
const verifySlot = 'test/sync/slots/verify-slot.test.ts';
const everyMove = 'test/crash/every-pointer-move.test.ts';

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
    name: 'first pointer moved before the journal says so',
    file: 'sync/slots/cut-over.ts',
    find: "at = record(catalog, lease, { ...rest, phase: 'cut-over', cutOverAt: world.now() });",
    replace: "at = { ...rest, phase: 'cut-over', cutOverAt: world.now() };",
    breaks: 'after a crash the planes lead to different generations, and nobody finishes it',
    tests: [everyMove],
  },
  {
    name: 'interrupted reindex begun anew',
    file: 'sync/slots/blue-green.ts',
    find: "if (asksFor('blue-green', options.destinations, found)) return { finished: found, refused: [] };",
    replace: '',
    breaks: 'the command that is given again after a crash finishes its work and then fails',
    tests: [everyMove],
  },
  {
    name: 'interrupted rollback done twice',
    file: 'sync/slots/rollback.ts',
    find: "if (asksFor('rollback', options.destinations, finished)) return summarise(finished);",
    replace: '',
    breaks: 'the command that is given again after a crash leads agents forward again',
    tests: [everyMove],
  },
  {
    name: 'pointer taken for moved by hand',
    file: 'sync/slots/led-elsewhere.ts',
    find: 'return isSettled(world, slot) ? problem : undefined;',
    replace: 'return problem;',
    breaks: 'a cut-over of another process is told as a slip of a person',
    tests: ['test/sync/slots/led-elsewhere.test.ts'],
  },
  {
    name: 'new slot verified with what policy keeps from it',
    file: 'sync/slots/verify-slot.ts',
    find: 'result.unexpectedCount + result.forbiddenCount > 0;',
    replace: 'result.unexpectedCount > 0;',
    breaks: 'agents are led to an index that shows what policy withholds',
    tests: [verifySlot],
  },
  {
    name: 'new slot verified with what nobody knows',
    file: 'sync/slots/verify-slot.ts',
    find: 'result.differentCount + result.unexpectedCount +',
    replace: 'result.differentCount +',
    breaks: 'agents are led to an index that shows what is wanted no more',
    tests: [verifySlot],
  },
];
