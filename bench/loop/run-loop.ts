import { createTestContext } from '../../core/testing/context.ts';
import { bytesOnly, prepareBytes } from './bytes-only.ts';
import { connectorsOnly } from './connectors-only.ts';
import { sameRequests } from './same-requests.ts';
import { readSetup } from './setup.ts';

/**
 * What somebody would write without a catalog. `same-requests` sends with `fetch` what the engine sends: the same
 * batches, the same polls. `bytes-only` moves the same bytes and looks at nothing. `connectors-only` is the engine's
 * connectors without the engine. Templates, hashes and bodies are the engine's in all of them. Prints figures as JSON.
 * `node bench/loop/run-loop.ts <same-requests|bytes-only|connectors-only> <config>`
 */
const [mode, path] = process.argv.slice(2) as [string, string];
const setup = await readSetup(path);
const azure = setup.config.destinations['azure']!;
const slot = await azure.connector.create(azure.settings, createTestContext({ name: 'azure' }));
await slot.apply(await slot.plan());

const prepared = mode === 'bytes-only' ? await prepareBytes(setup) : undefined;
const cpu = process.cpuUsage();
const start = performance.now();
const result = prepared
  ? await bytesOnly(prepared)
  : mode === 'connectors-only'
    ? await connectorsOnly(setup)
    : await sameRequests(setup);
const wallMs = Math.round(performance.now() - start);
const { user, system } = process.cpuUsage(cpu);
const cpuMs = Math.round((user + system) / 1000);
process.stdout.write(JSON.stringify({ ...result, wallMs, cpuMs }), () => process.exit(0));
