import { expect, test } from 'vitest';
import { noDestinationCounts, noStreamCounts, type RunReport } from '../../../core/observe/report.ts';
import { renderReport } from '../../../core/observe/render-report.ts';
import { exampleReport } from './example-run.ts';

test('a report shows what happened and what to do about what did not', () => {
  expect(renderReport(exampleReport)).toBe(`✗ Run finished in 1 min 15 s: 378 written, 0 deleted (r-1)

Streams           read    new  changed  unchanged  deleted  quarantined   time
crm.Account      1,200  1,199        0          0        0            1   12 s
crm.Opportunity      0      0        0          0        0            0  0.1 s

Kinds    composed
account       200  3 of cases left out: they would narrow its readers
deal            0  waits for crm.Opportunity

Joins                  have it
account ← contacts  150 of 200  75 %  2 of 400 records found no parent
account ← usage       0 of 200   0 %  5 of 5 records found no parent: compare the two join fields

Destinations    considered  written  deleted  unchanged  quarantined  pending  staged  held        time
knowledge-base         200      180        0          0            0       20       0   180  1 min 00 s
search                 200      198        0          0            1        0       1   199       3.0 s

✗ crm.Opportunity: Opportunity has no field Foo__c. (UNKNOWN_FIELD)
    at connectors.config.yaml:14:9
    → Remove it from the list.
! crm.Account: 1 record quarantined; their last good documents stay.
    → tributary quarantine lists them with their reasons.
! knowledge-base: 20 documents still being indexed.
    → The next run confirms them.
! search: 1 document refused.
    → tributary quarantine lists them with their reasons.
! search: 1 delete held back by the delete guard: their records look gone.
    → Look at the source: a lost permission looks the same; tributary sync --accept-deletes <stream> lets them pass.
`);
});

const quiet: RunReport = {
  ...exampleReport,
  seconds: 0.4,
  streams: [{ stream: 'crm.Account', ...noStreamCounts(), seconds: 0.1 }],
  kinds: [],
  joins: [],
  destinations: [
    { destination: 'search', ...noDestinationCounts(), considered: 5, unchanged: 5, held: 5, seconds: 0 },
  ],
};

test('a run with nothing to do says so in one line and asks for nothing', () => {
  const text = renderReport(quiet);
  expect(text).toContain('✓ Run finished in 0.4 s: nothing to write (r-1)');
  expect(text).not.toContain('→');
});

test('a dry run says that nothing was written', () => {
  const destinations = [{ ...quiet.destinations[0]!, written: 2, unchanged: 3 }];
  const [line] = renderReport({ ...quiet, destinations, dryRun: true }).split('\n');
  expect(line).toBe('✓ Dry run finished in 0.4 s: 2 would be written, 0 deleted (r-1)');
});

test('colours change nothing but the colours', () => {
  const painted = renderReport(exampleReport, { colors: true });
  expect(painted).toMatch(/\x1b\[31m/);
  expect(painted.replaceAll(/\x1b\[\d+m/g, '')).toBe(renderReport(exampleReport));
});

test('a problem that goes away by itself does not call for a person', () => {
  const error = { code: 'TRANSIENT', message: 'The service is busy.', next: 'wait' } as const;
  const text = renderReport({ ...quiet, streams: [{ ...quiet.streams[0]!, error }] });
  expect(text.startsWith('!')).toBe(true);
  expect(text).toContain('! crm.Account: The service is busy. (TRANSIENT)\n    → The next run tries again.');
});

test('what a source has used and wants read stands in the report', () => {
  const usage = [{ of: 'warehouse XS', statements: 7, seconds: 2.3, bytesScanned: 40_000_000 }];
  const streams = ['sales.invoices', 'sales.usage'].map((stream) => ({
    stream,
    ...noStreamCounts(),
    seconds: 0.1,
    usage,
    ...(stream === 'sales.usage' ? { notices: ['3 rows have no key (ID).'] } : {}),
  }));
  const text = renderReport({ ...quiet, streams });
  expect(text).toContain(`Used                statements  scanned   time
sales warehouse XS          14    80 MB  4.6 s
`);
  expect(text).toContain('· sales.usage: 3 rows have no key (ID).\n');
});
