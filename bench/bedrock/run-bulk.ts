import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeEnvironment } from '../environment.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Measured } from '../measure.ts';

/**
 * A first load by way of S3, to be read beside the direct road of `run-bedrock.ts`:
 * `node bench/bedrock/run-bulk.ts [<documents>] [<seconds of an ingestion job>]`. How long a job takes is the service's
 * affair and set here; what is measured is the rest.
 */
const [documents = '10000', jobSeconds = '0'] = process.argv.slice(2);
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const server = fork(program('bulk-server.ts'), [String(Number(jobSeconds) * 1000)]);
const [{ env }] = (await once(server, 'message')) as [{ env: Record<string, string> }];
const bulk = {
  bucket: env['BEDROCK_S3_BUCKET'],
  prefix: env['BEDROCK_S3_PREFIX'],
  dataSourceId: env['BEDROCK_S3_DATA_SOURCE_ID'],
  endpoint: env['BEDROCK_S3_ENDPOINT'],
  from: 1,
};
const { stdout, stderr } = await promisify(execFile)(
  process.execPath,
  [program('publish-once.ts'), documents, JSON.stringify({ bulk })],
  { env: { ...process.env, ...env }, maxBuffer: 2 ** 26 },
);
process.stderr.write(stderr);
const measured = JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
server.send('counts');
const [told] = (await once(server, 'message')) as [
  { puts: number; putSeconds: number; bedrock: Record<string, number>; documents: number },
];
server.disconnect();
await once(server, 'exit');
if (told.documents !== Number(documents))
  throw new Error(`${told.documents} of ${documents} documents are found`);
const seconds = measured.wallMs / 1000;
const asked = Object.values(told.bedrock).reduce((sum, count) => sum + count, 0);
console.error(JSON.stringify(told));
console.log(
  `${describeEnvironment()} Load ${loadavg()[0]!.toFixed(1)} at the end. ${documents} documents.\n`,
);
console.log(
  markdownTable(
    [
      'Seconds',
      'Of these in jobs',
      'Putting objects',
      'Objects',
      'Requests to Bedrock',
      'CPU s',
      'Peak RSS MB',
      'Documents/s',
    ],
    [
      [
        Number(seconds.toFixed(1)),
        Number(jobSeconds),
        Number(told.putSeconds.toFixed(1)),
        told.puts,
        asked,
        Number((measured.cpuMs / 1000).toFixed(1)),
        measured.peakRssMb,
        Math.round(Number(documents) / seconds),
      ],
    ],
  ),
);
