import { startBedrockEmulator } from '../../connectors/bedrock-knowledge-base/emulator/index.ts';

/**
 * An emulated knowledge base in a process of its own: `node bench/bedrock/knowledge-base-server.ts <10|25> <limits|free>`.
 * Answers `counts` over the IPC channel: requests by operation and status since the start, documents that
 * Retrieve finds, and the time from the first Ingest to the last.
 */
const [maxDocuments, limits] = process.argv.slice(2);
const emulator = await startBedrockEmulator({
  limits: limits === 'limits',
  maxDocuments: maxDocuments === '25' ? 25 : 10,
});
const counts: Record<string, number> = {};
let firstAt = 0;
let lastAt = 0;
emulator.server.fault({
  when: () => true,
  effect: {
    kind: 'change',
    change(reply, { method, path }) {
      const last = path.split('/').at(-1) ?? '';
      const operation = last === 'documents' ? (method === 'PUT' ? 'ingest' : 'list') : last;
      if (operation === 'ingest') {
        firstAt ||= Date.now();
        lastAt = Date.now();
      }
      const what = reply.status < 400 ? operation : `${operation} ${reply.status}`;
      counts[what] = (counts[what] ?? 0) + 1;
      return reply;
    },
  },
});
process.on('message', () =>
  process.send!({ counts, documents: emulator.documents().size, sendingMs: lastAt - firstAt }),
);
process.on('disconnect', () => process.exit(0));
process.send!({ env: emulator.env });
