import { expect, test } from 'vitest';
import { readDocument } from './markdown-files.ts';

/** A figure that a document names, and the line of code that decides it. */
const figures: readonly (readonly [document: string, says: string, file: string, code: string])[] = [
  ['architecture.md', 'at most four of a source at once', 'sync/run.ts', 'streamsAtOnce = 4;'],
  ['architecture.md', 'More than 20 deletes', 'sync/delete-guard.ts', 'freeDeletes = 20;'],
  ['architecture.md', 'more than 5 % of the stream', 'sync/delete-guard.ts', 'maxShare = 0.05;'],
  ['architecture.md', 'eight failed batches in a row', 'sync/publish.ts', 'maxFailures = 8;'],
  ['architecture.md', 'up to 24 MB', 'sync/run.ts', 'handoverBytes = 24 * 1024 * 1024;'],
  [
    'architecture.md',
    'four turns of five',
    'sync/publish.ts',
    "['fresh', 'fresh', 'fresh', 'fresh', 'bulk']",
  ],
  ['architecture.md', 'lives for 60 seconds', 'core/catalog/sqlite/leases.ts', 'leaseMs: 60_000,'],
  ['architecture.md', 'renewed every 15', 'core/catalog/sqlite/leases.ts', 'renewEveryMs: 15_000,'],
  ['operating.md', 'for 60 seconds', 'core/catalog/sqlite/leases.ts', 'leaseMs: 60_000,'],
  ['operating.md', 'renewed every 15', 'core/catalog/sqlite/leases.ts', 'renewEveryMs: 15_000,'],
  ['guarantees.md', 'hangs for five minutes', 'core/catalog/sqlite/leases.ts', 'silentMs: 5 * 60_000,'],
  [
    'operating.md',
    'not finished after 20 seconds',
    'sync/commands/stop-on-signals.ts',
    'patienceMs = 20_000;',
  ],
  ['operating.md', 'up to five minutes later', 'sync/recover.ts', 'usualLongestWriteMs = 300_000;'],
  ['operating.md', 'more than 20 records of a stream', 'sync/delete-guard.ts', 'freeDeletes = 20;'],
  ['operating.md', 'more than 5 % of it', 'sync/delete-guard.ts', 'maxShare = 0.05;'],
  ['operating.md', 'Above 10,000 documents', 'sync/estimate-load.ts', 'largeLoad = 10_000;'],
  ['errors.md', 'Eight batches in a row failed', 'sync/publish.ts', 'maxFailures = 8;'],
  ['errors.md', 'more than 512 bytes', 'core/documents/compose.ts', 'maxIdBytes = 512;'],
  [
    'decisions/0013-deletes-by-absence.md',
    'more than 20 records, and more than 5 %',
    'sync/delete-guard.ts',
    'maxShare = 0.05;',
  ],
  [
    'decisions/0003-links-by-value-and-causes.md',
    'at most 2,000 parents',
    'core/catalog/sqlite/causes.ts',
    'stepAnchors = 2000;',
  ],
];

test.each(figures)('the figure in docs/%s (“%s”) is that of %s', (document, says, file, code) => {
  const text = readDocument(`docs/${document}`).replace(/\s+/g, ' ');
  expect({ document, says: text.includes(says) }).toEqual({ document, says: true });
  expect({ file, code, found: readDocument(file).includes(code) }).toEqual({ file, code, found: true });
});
