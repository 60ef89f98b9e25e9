import { startBedrockEmulator } from '../../connectors/bedrock-knowledge-base/emulator/index.ts';

/**
 * An emulated knowledge base in a process of its own: `node bench/bedrock/knowledge-base-server.ts <10|25> <limits|free>`.
 * Answers `counts` over the IPC channel: requests by operation and status since the start, and documents that Retrieve finds.
 */
const [maxDocuments, limits] = process.argv.slice(2);
const emulator = await startBedrockEmulator({
  limits: limits === 'limits',
  maxDocuments: maxDocuments === '25' ? 25 : 10,
});
const counts: Record<string, number> = {};
emulator.server.fault({
  when: () => true,
  effect: {
    kind: 'change',
    change(reply, { method, path }) {
      const last = path.split('/').at(-1) ?? '';
      const operation = last === 'documents' ? (method === 'PUT' ? 'ingest' : 'list') : last;
      const what = reply.status < 400 ? operation : `${operation} ${reply.status}`;
      counts[what] = (counts[what] ?? 0) + 1;
      return reply;
    },
  },
});
process.on('message', () => process.send!({ counts, documents: emulator.documents().size }));
process.on('disconnect', () => process.exit(0));
process.send!({ env: emulator.env });
