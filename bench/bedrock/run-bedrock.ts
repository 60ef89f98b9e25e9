import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeEnvironment } from '../environment.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Measured } from '../measure.ts';

/**
 * Time to confirmed against an emulated knowledge base with the service's quotas on, beside what those quotas allow at
 * best, and with quotas off: `node bench/bedrock/run-bedrock.ts [<documents>] [<settings as JSON>] [<names of rows …>]`.
 */
const [given = '10000', settings = '{}', ...only] = process.argv.slice(2);
const documents = Number(given);
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const run = promisify(execFile);

interface Row {
  readonly name: string;
  readonly batch: 10 | 25;
  readonly quotas: boolean;
  readonly workers: number;
}
const rows: readonly Row[] = [
  { name: 'batches-of-25', batch: 25, quotas: true, workers: 1 },
  { name: 'batches-of-10', batch: 10, quotas: true, workers: 1 },
  { name: 'two-workers', batch: 25, quotas: true, workers: 2 },
  { name: 'quotas-off', batch: 25, quotas: false, workers: 1 },
];
/** Of the quotas: 5 requests a second of each operation after a burst of 5, and 0.3 to 0.8 s until a document is indexed. */
const perSecond = 5;
const meanIndexed = 0.55;
const boundOf = ({ batch, quotas }: Row): number | undefined =>
  quotas ? Math.max(0, documents / batch - perSecond) / perSecond + meanIndexed : undefined;
const free = { requestsPerSecond: 10_000, inFlight: 100 };

const table: (string | number)[][] = [];
for (const row of rows) {
  if (only.length > 0 && !only.includes(row.name)) continue;
  const server = fork(program('knowledge-base-server.ts'), [
    String(row.batch),
    row.quotas ? 'limits' : 'free',
  ]);
  const [{ env }] = (await once(server, 'message')) as [{ env: Record<string, string> }];
  const mine = { ...(JSON.parse(settings) as object), ...(row.quotas ? {} : free) };
  const all = await Promise.all(
    Array.from({ length: row.workers }, async (_, worker) => {
      const { stdout, stderr } = await run(
        process.execPath,
        [
          program('publish-once.ts'),
          String(Math.ceil(documents / row.workers)),
          JSON.stringify(mine),
          'abcdefgh'[worker]!,
        ],
        { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 },
      );
      process.stderr.write(stderr);
      return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
    }),
  );
  server.send('counts');
  const [told] = (await once(server, 'message')) as [
    { counts: Record<string, number>; documents: number; sendingMs: number },
  ];
  server.disconnect();
  await once(server, 'exit');
  if (told.documents !== documents) throw new Error(`${told.documents} of ${documents} documents are found`);
  const seconds = Math.max(...all.map(({ wallMs }) => wallMs)) / 1000;
  const bound = boundOf(row);
  const requests = (what: RegExp): number =>
    Object.entries(told.counts).reduce((sum, [name, count]) => sum + (what.test(name) ? count : 0), 0);
  table.push([
    row.name,
    Number(seconds.toFixed(1)),
    bound === undefined ? '–' : bound.toFixed(1),
    bound === undefined ? '–' : (seconds / bound).toFixed(2),
    requests(/^ingest$/),
    requests(/^getDocuments$/),
    requests(/ 4\d\d$/),
    Number((all.reduce((sum, one) => sum + one.cpuMs, 0) / 1000).toFixed(1)),
    Math.max(...all.map((one) => one.peakRssMb)),
    Math.round(documents / seconds),
  ]);
  console.error(JSON.stringify({ ...row, seconds, sendingMs: told.sendingMs, counts: told.counts }));
}
console.log(
  `${describeEnvironment()} Load ${loadavg()[0]!.toFixed(1)} at the end. ${documents} documents.\n`,
);
console.log(
  markdownTable(
    [
      'Row',
      'Seconds',
      'Least',
      'Of the least',
      'Ingest',
      'Get',
      'Refused',
      'CPU s',
      'Peak RSS MB',
      'Documents/s',
    ],
    table,
  ),
);
