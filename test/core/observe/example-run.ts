import type { RunEvent } from '../../../core/observe/events.ts';
import { noDestinationCounts, noStreamCounts, type RunReport } from '../../../core/observe/report.ts';

const missingField = {
  code: 'UNKNOWN_FIELD',
  message: 'Opportunity has no field Foo__c.',
  where: 'connectors.config.yaml:14:9',
  hint: 'Remove it from the list.',
  next: 'act',
} as const;

/** A run in which one stream stops, a record and a document are refused and a join finds nothing. */
export const exampleReport: RunReport = {
  run: 'r-1',
  startedAt: '2026-01-15T12:00:00.000Z',
  seconds: 74.7,
  dryRun: false,
  streams: [
    { stream: 'crm.Account', ...noStreamCounts(), read: 1200, new: 1199, quarantined: 1, seconds: 12 },
    { stream: 'crm.Opportunity', ...noStreamCounts(), seconds: 0.1, error: missingField },
  ],
  kinds: [
    { kind: 'account', composed: 200, leftOut: { cases: 3, contacts: 0 }, waitsFor: [] },
    { kind: 'deal', composed: 0, leftOut: {}, waitsFor: ['crm.Opportunity'] },
  ],
  joins: [
    {
      kind: 'account',
      part: 'contacts',
      parents: 200,
      parentsWithPart: 150,
      partRecords: 400,
      partRecordsWithoutParent: 2,
    },
    {
      kind: 'account',
      part: 'usage',
      parents: 200,
      parentsWithPart: 0,
      partRecords: 5,
      partRecordsWithoutParent: 5,
    },
  ],
  destinations: [
    {
      destination: 'knowledge-base',
      ...noDestinationCounts(),
      considered: 200,
      written: 180,
      pending: 20,
      held: 180,
      seconds: 60,
    },
    {
      destination: 'search',
      ...noDestinationCounts(),
      considered: 200,
      written: 198,
      quarantined: 1,
      staged: 1,
      held: 199,
      seconds: 3,
    },
  ],
};

const read = (count: number) => ({ ...noStreamCounts(), read: count, new: count });
const wrote = (count: number) => ({ ...noDestinationCounts(), considered: 200, written: count });

/** The events of that run, each with the milliseconds that pass before it. */
export const exampleEvents: readonly (readonly [waitMs: number, event: RunEvent])[] = [
  [
    0,
    {
      type: 'run-started',
      run: 'r-1',
      streams: ['crm.Account', 'crm.Opportunity'],
      destinations: ['knowledge-base', 'search'],
    },
  ],
  [100, { type: 'stream-started', stream: 'crm.Account' }],
  [400, { type: 'page-pulled', stream: 'crm.Account', counts: read(100) }],
  [20, { type: 'page-pulled', stream: 'crm.Account', counts: read(200) }],
  [10_500, { type: 'page-pulled', stream: 'crm.Account', counts: read(900) }],
  [10, { type: 'record-quarantined', stream: 'crm.Account', key: 'a7', reason: 'too\nlarge' }],
  [
    500,
    { type: 'stream-finished', stream: 'crm.Account', counts: { ...read(1199), read: 1200, quarantined: 1 } },
  ],
  [10, { type: 'stream-finished', stream: 'crm.Opportunity', counts: noStreamCounts(), error: missingField }],
  [10, { type: 'kind-waiting', kind: 'deal', streams: ['crm.Opportunity'] }],
  [10, { type: 'kind-waiting', kind: 'deal', streams: ['crm.Opportunity'] }],
  [200, { type: 'documents-composed', kind: 'account', composed: 100, left: 100 }],
  [200, { type: 'batch-published', destination: 'knowledge-base', counts: wrote(50), open: 150 }],
  [200, { type: 'batch-published', destination: 'search', counts: wrote(100), open: 100 }],
  [11_000, { type: 'batch-published', destination: 'knowledge-base', counts: wrote(100), open: 100 }],
  [
    10,
    { type: 'document-rejected', destination: 'search', id: 'demo:account:1', reason: 'vector too short' },
  ],
  [100, { type: 'run-finished', report: exampleReport }],
];
