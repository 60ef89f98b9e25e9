import type { Bug } from './bug.ts';

const folder = 'connectors/bedrock-knowledge-base/bulk';
const tests = 'test/connectors/bedrock-knowledge-base';

/** Mistakes on the second road into Bedrock. */
export const bulkBugs: readonly Bug[] = [
  {
    name: 'job believed for what changed after its start',
    file: `${folder}/object-road.ts`,
    find: 'return receipt.process === process && receipt.change <= job.upTo ? job : undefined;',
    replace: 'return job;',
    breaks: 'a change counts as indexed before Bedrock has seen it',
    tests: [`${tests}/bulk-jobs.test.ts`, `${tests}/bulk-crash.test.ts`],
  },
  {
    name: 'document left on the road that it has moved from',
    file: `${folder}/travels.ts`,
    find: 'return road === undefined ? undefined : {',
    replace: "return road === undefined || travel.action === 'write' ? undefined : {",
    breaks: 'agents find a document twice, once in an old version',
    tests: [`${tests}/bulk-roads.test.ts`],
  },
  {
    name: 'metadata of the version before kept beside new text',
    file: `${folder}/put-changes.ts`,
    find: 'if (change.receipt !== undefined || change.inDoubt) await send(remove([beside]));',
    replace: '',
    breaks: 'text is readable under the access of its earlier version',
    tests: [`${tests}/bulk-crash.test.ts`],
  },
  {
    name: 'figures of a job not added up',
    file: `${folder}/job-verdict.ts`,
    find: 'return written.includes(writes) && (statistics.numberOfDocumentsDeleted ?? 0) === deletes;',
    replace: 'return true;',
    breaks: 'a document that Bedrock passed over counts as indexed',
    tests: [`${tests}/bulk-verdict.test.ts`],
  },
];
