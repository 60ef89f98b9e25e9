import type { Bug } from './bug.ts';

const folder = 'core/catalog/sqlite';
const holdingTests = ['test/core/catalog/holdings.test.ts', 'test/sync/random-verbs.test.ts'];

export const catalogBugs: readonly Bug[] = [
  {
    name: 'lease not checked',
    file: `${folder}/leases.ts`,
    find: 'if (!row || row[0] !== lease.epoch) throw',
    replace: 'if (!row) throw',
    breaks: 'a process that lost its claim goes on writing',
    tests: ['test/core/catalog/leases.test.ts'],
  },
  {
    name: 'lease renewed for a process that hangs',
    file: `${folder}/lease-thread.ts`,
    find: 'if (steadyMs() - Atomics.load(state, slots.sign) < BigInt(silentMs)) renew();',
    replace: 'if (silentMs > 0) renew();',
    breaks: 'a process in an endless loop holds the catalog for ever',
    tests: ['test/core/catalog/lease-keeper.test.ts'],
  },
  {
    name: 'absent and absent settled while an attempt is open',
    file: `${folder}/close-attempt.ts`,
    find: 'const before = holdings.get(item.document) ?? absent(slot, item.document);',
    replace: `const before = holdings.get(item.document);
      if (!before) continue;`,
    breaks: 'a document that arrives after its record went stays for ever',
    tests: holdingTests,
  },
  {
    name: 'addresses replaced instead of united',
    file: `${folder}/close-attempt.ts`,
    find: 'const addresses = [...new Set([...known, ...item.addresses])];',
    replace: 'const addresses = [...item.addresses];',
    breaks: 'passages of an earlier version stay in the index',
    tests: holdingTests,
  },
  {
    name: 'dirty cleared without comparing marks',
    file: `${folder}/documents.ts`,
    find: 'AND record IN (SELECT value FROM json_each(?)) AND mark<=?',
    replace: 'AND record IN (SELECT value FROM json_each(?)) AND (mark<=? OR true)',
    breaks: 'a change that arrives while its document is composed is lost',
    tests: ['test/core/catalog/records.test.ts', 'test/core/catalog/joins.test.ts'],
  },
  {
    name: 'withdrawal from a plane forgotten',
    file: `${folder}/documents.ts`,
    find: 'one.partial ? one.targets : withWithdrawals(one.targets, own)',
    replace: 'one.targets',
    breaks: 'a plane keeps what a pipeline no longer sends there',
    tests: ['test/sync/reconfigured.test.ts', 'test/sync/random-verbs.test.ts'],
  },
  {
    name: 'old page over a newer record',
    file: `${folder}/save-page.ts`,
    find: 'return version < known;',
    replace: 'return false;',
    breaks: 'a document goes back in time',
    tests: ['test/core/catalog/records.test.ts'],
  },
  {
    name: 'old page over a tombstone',
    file: `${folder}/save-page.ts`,
    find: 'if (before.hash === null) return asOf < before.asOf;',
    replace: 'if (before.hash === null) return false;',
    breaks: 'a deleted record comes back',
    tests: ['test/simulation/late-page.test.ts'],
  },
  {
    name: 'unreadable swept as deleted',
    file: `${folder}/save-page.ts`,
    find: "for (const { key, reason } of page.unreadable) quarantine(key ?? '', reason);",
    replace: "for (const { key } of page.unreadable) incoming.set(key ?? '', undefined);",
    breaks: 'one bad field deletes a document',
    tests: ['test/sync/quarantine.test.ts'],
  },
  {
    name: 'old parent not told',
    file: `${folder}/touch.ts`,
    find: 'for (const data of [before, after]) {',
    replace: 'for (const data of [after]) {',
    breaks: 'a moved or deleted child stays in its old parent’s document',
    tests: ['test/sync/run.test.ts', 'test/core/catalog/joins.test.ts'],
  },
  {
    name: 'old link kept',
    file: `${folder}/links.ts`,
    find: `if (old)
      database.run(`,
    replace: `if (false)
      database.run(`,
    breaks: 'a child stands under two parents',
    tests: ['test/core/catalog/joins.test.ts', 'test/sync/run.test.ts'],
  },
  {
    name: 'barrier off',
    file: `${folder}/kinds.ts`,
    find: 'if (waits.length > 0) {',
    replace: 'if (waits.length > 1000) {',
    breaks: 'documents are published without parts that were never read',
    tests: ['test/simulation/first-composition.test.ts'],
  },
  {
    name: 'etag not compared',
    file: `${folder}/etags.ts`,
    find: 'keys.filter((one) => noted.get(one.key) !== one.etag)',
    replace: 'keys.filter((one) => !noted.has(one.key))',
    breaks: 'a value that changes without a stamp is never followed',
    tests: ['test/simulation/etags.test.ts'],
  },
  {
    name: 'refused document held for ever',
    file: `${folder}/aim.ts`,
    find: "const isQuarantined = target.desired !== '' && more.quarantined === target.desired;",
    replace: 'const isQuarantined = more.quarantined !== undefined;',
    breaks: 'a mended document is never written again',
    tests: ['test/sync/quarantine.test.ts'],
  },
];
