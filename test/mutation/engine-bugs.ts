import type { Bug } from './bug.ts';

const randomFaults = 'test/sync/random-faults.test.ts';
const randomVerbs = 'test/sync/random-verbs.test.ts';

export const engineBugs: readonly Bug[] = [
  {
    name: 'attempt opened after the send',
    file: 'sync/publish.ts',
    find: `const attempt = holdings.openAttempt(lease, slot.id, items);
    const outcomes = await write(batch.map((one) => one.change));`,
    replace: `const outcomes = await write(batch.map((one) => one.change));
    const attempt = holdings.openAttempt(lease, slot.id, items);`,
    breaks: 'what a dying process has sent is forgotten',
    tests: [randomVerbs],
  },
  {
    name: 'requests of a former holder not waited out',
    file: 'sync/recover.ts',
    find: `if (!work.inDoubt || world.now() >= until) return false;`,
    replace: `if (!work.inDoubt || until > 0) return false;`,
    breaks: 'a late request of a process that lost its claim undoes a newer one',
    tests: ['test/simulation/taken-over.test.ts'],
  },
  {
    name: 'open attempts of a dead process forgotten',
    file: 'sync/recover.ts',
    find: `doubtful.map((item) => [item.document, { status: 'unknown' }]),`,
    replace: `doubtful.map((item) => [item.document, { status: 'done', addresses: item.addresses }]),`,
    breaks: 'what may never have arrived is taken for held',
    tests: ['test/crash/every-transaction.test.ts'],
  },
  {
    name: 'unknown taken as done',
    file: 'sync/batch.ts',
    find: `case 'unknown':
      return { status: 'unknown' };
    case 'later':`,
    replace: `case 'unknown':
      return { status: 'done', receipt: undefined, addresses: undefined };
    case 'later':`,
    breaks: 'a change whose answer was lost is never sent again',
    tests: [randomFaults],
  },
  {
    name: 'second change sent while one is open',
    file: 'sync/publish.ts',
    find: 'const free = work.filter((one) => !busy.has(one.document) && !settling.holds(one));',
    replace: 'const free = work.filter((one) => !settling.holds(one));',
    breaks: 'two changes of one document overtake each other',
    tests: [randomFaults],
  },
  {
    name: 'overtaken batch sent',
    file: 'sync/publish.ts',
    find: 'const batch = dropOvertaken(prepared, holdings, slot.id, busy);',
    replace: 'const batch = prepared;',
    breaks: 'a document whose record went while its batch waited for its turn stays for ever',
    tests: ['test/simulation/overtaken-batch.test.ts'],
  },
  {
    name: 'lost slot forgotten after it was made again',
    file: 'sync/slots/make-ready.ts',
    find: `if (plan.missing) await forget();
  await slot.destination.apply(plan, { adopt });`,
    replace: `await slot.destination.apply(plan, { adopt });
  if (plan.missing) await forget();`,
    breaks: 'an index that was lost stays empty when the answer to its creation is lost',
    tests: ['test/simulation/lost-slot.test.ts'],
  },
  {
    name: 'bulk lane starved',
    file: 'sync/publish.ts',
    find: `const laneTurns = ['fresh', 'fresh', 'fresh', 'fresh', 'bulk'] as const;`,
    replace: `const laneTurns = ['fresh', 'fresh', 'fresh', 'fresh', 'fresh'] as const;`,
    breaks: 'a reindex never gets on while changes arrive',
    tests: ['test/simulation/lanes.test.ts'],
  },
  {
    name: 'fresh lane without precedence',
    file: 'sync/publish.ts',
    find: `const laneTurns = ['fresh', 'fresh', 'fresh', 'fresh', 'bulk'] as const;`,
    replace: `const laneTurns = ['bulk', 'bulk', 'bulk', 'bulk', 'bulk'] as const;`,
    breaks: 'a change waits behind a whole reindex',
    tests: ['test/simulation/lanes.test.ts'],
  },
  {
    name: 'late refusal dropped',
    file: 'sync/confirm.ts',
    find: `return { status: 'failed', code: verdict.code, reason: verdict.reason };`,
    replace: `return { status: 'done' };`,
    breaks: 'what a service refused after accepting it counts as held',
    tests: [randomVerbs, 'test/sync/quarantine.test.ts'],
  },
  {
    name: 'doubt of a late verdict dropped',
    file: 'sync/confirm.ts',
    find: `case 'unknown':
      return { status: 'unknown' };
    case 'waiting':`,
    replace: `case 'unknown':
      return { status: 'done' };
    case 'waiting':`,
    breaks: 'a change that another one has overtaken counts as held',
    tests: ['test/simulation/doubts.test.ts'],
  },
  {
    name: 'handover served with an old fingerprint',
    file: 'sync/handover.ts',
    find: 'return entry?.fingerprint === fingerprint ? entry.document : undefined;',
    replace: 'return entry?.document;',
    breaks: 'an old text is sent under a new fingerprint',
    tests: ['test/simulation/handover.test.ts'],
  },
  {
    name: 'cursor saved before its records',
    file: 'sync/save-page.ts',
    find: 'cursor: last ? page.cursor : undefined,',
    replace: 'cursor: page.cursor,',
    breaks: 'a crash inside a large page loses the rest of it',
    tests: ['test/simulation/large-page.test.ts'],
  },
  {
    name: 'delete guard off',
    file: 'sync/reconcile.ts',
    find: 'if (isTooMany(gone.length, () => records) && !step.accepts(gone.length)) {',
    replace: 'if (gone.length > records) {',
    breaks: 'a permission that shrinks empties both planes',
    tests: ['test/sync/reconcile.test.ts'],
  },
  {
    name: 'told deletes unguarded',
    file: 'sync/delete-guard.ts',
    find: 'const pass = !many || allowed',
    replace: "const pass = group.cause === 'source' || !many || allowed",
    breaks: 'a bulk delete by mistake empties both planes',
    tests: ['test/sync/delete-guard.test.ts'],
  },
  {
    name: 'policy withdrawals guarded',
    file: 'core/catalog/sqlite/settle.ts',
    find: "after.desired !== '' || after.note !== null || (isDue",
    replace: "after.desired !== '' || (isDue",
    breaks: 'what became forbidden stays on a plane until somebody reads a report',
    tests: ['test/sync/delete-guard.test.ts'],
  },
  {
    name: 'guard asked again about what a person let pass',
    file: 'core/catalog/sqlite/settle.ts',
    find: "(isDue && before.desired === '')",
    replace: 'false',
    breaks: 'deletes let pass while a plane is down wait again',
    tests: ['test/sync/delete-guard.test.ts'],
  },
  {
    name: 'absence without proof',
    file: 'sync/reconcile.ts',
    find: 'if (asOf !== undefined && complete !== undefined && keys >= complete) {',
    replace: 'if (asOf !== undefined) {',
    breaks: 'a truncated list of keys deletes documents',
    tests: ['test/simulation/unproven-list.test.ts'],
  },
  {
    name: 'gone by our own clock',
    file: 'sync/reconcile.ts',
    find: 'const since = oldest ?? asOf;',
    replace: 'const since = oldest ?? new Date(world.now()).toISOString();',
    breaks: 'what a list of a dead process has shown to be gone stays, when the clock of the source is ahead',
    tests: ['test/simulation/list-cut-short.test.ts'],
  },
  {
    name: 'new shape ignored',
    file: 'sync/pull.ts',
    find: 'if (state.shape === shape) return;',
    replace: 'if (state.shape !== undefined) return;',
    breaks: 'a field that is listed anew stays empty',
    tests: ['test/simulation/first-composition.test.ts'],
  },
  {
    name: 'part’s access ignored',
    file: 'core/documents/compose.ts',
    find: 'if (child.access && !admits(child, child.access, part, walk)) continue;',
    replace: 'if (child.access) admits(child, child.access, part, walk);',
    breaks: 'a part shows to readers who may not read it',
    tests: ['test/core/documents/access.test.ts'],
  },
  {
    name: 'classification of a part ignored',
    file: 'core/documents/compose.ts',
    find: 'walk.classification = strictest(walk.classification, child.classification);',
    replace: '',
    breaks: 'a document is written to a plane that must not hold one of its parts',
    tests: ['test/core/documents/access.test.ts', 'test/core/documents/compose.test.ts'],
  },
  {
    name: 'plane policy off',
    file: 'core/policy/plane-policy.ts',
    find: 'isStricter(classification, accepts)',
    replace: 'isStricter(classification, classification as Classification)',
    breaks: 'what a plane does not accept is written to it',
    tests: ['test/core/policy/plane-policy.test.ts', 'test/sync/policy.test.ts'],
  },
  {
    name: 'shallow hash',
    file: 'core/documents/canonical.ts',
    find: '${canonicalJson(member)}`;',
    replace: '${JSON.stringify(member)}`;',
    breaks: 'the order of keys from a source moves fingerprints',
    tests: ['test/core/documents/canonical.test.ts'],
  },
  {
    name: 'numbers ordered as text',
    file: 'core/documents/order-key.ts',
    find: 'if (number !== undefined) return `3${orderedBits(number)}`;',
    replace: 'if (number !== undefined) return `3${number}`;',
    breaks: 'the largest deals are not the ones a document shows',
    tests: ['test/core/documents/order-key.test.ts'],
  },
  {
    name: 'secrets not masked',
    file: 'core/observe/log.ts',
    find: 'masked.replaceAll(form,',
    replace: 'masked.replace(`${form}${form}`,',
    breaks: 'a password stands in the log',
    tests: ['test/core/observe/log.test.ts'],
  },
];
