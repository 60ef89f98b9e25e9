import { startBedrockEmulator } from '../../connectors/bedrock-knowledge-base/emulator/index.ts';

/**
 * An emulated knowledge base with its bucket in a process of its own, quotas on: `node bench/bedrock/bulk-server.ts <ms of a job>`.
 * Answers over the IPC channel: requests to S3 and to Bedrock, when the first and the last object was put, and what Retrieve finds.
 */
const emulator = await startBedrockEmulator({ limits: true, s3: true });
emulator.switches.jobTimings = { startingMs: 0, leastMs: Number(process.argv[2] ?? 0), perDocumentMs: 0 };
let firstPut = 0;
let lastPut = 0;
let puts = 0;
emulator.s3!.bucket.beforeChange(() => {
  lastPut = Date.now();
  firstPut ||= lastPut;
  puts++;
});
const bedrock: Record<string, number> = {};
emulator.server.fault({
  when: () => true,
  effect: {
    kind: 'change',
    change(reply, { method, path }) {
      const name = `${method} ${path
        .replace(/\/JOB\d+/, '')
        .split('/')
        .filter(Boolean)
        .at(-1)} ${reply.status}`;
      bedrock[name] = (bedrock[name] ?? 0) + 1;
      return reply;
    },
  },
});
process.on('message', () =>
  process.send!({
    puts,
    putSeconds: (lastPut - firstPut) / 1000,
    bedrock,
    documents: emulator.documents().size,
  }),
);
process.on('disconnect', () => process.exit(0));
process.send!({ env: emulator.env });
