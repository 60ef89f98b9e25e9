import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serviceNames, type ServiceName } from '../../sync/demo/services.ts';
import type { FromService, ServiceCounts, ToService } from './service.ts';

/** The four emulated services, each in a process of its own. */
export interface BenchServices {
  readonly env: Readonly<Record<string, string>>;
  /** Rows of the demo company in both sources. */
  readonly records: number;
  counts(): Promise<Readonly<Record<ServiceName, ServiceCounts>>>;
  /** Changes a share of every table; answers how many records. */
  change(share: number): Promise<number>;
  stop(): Promise<void>;
}

export async function startBenchServices(scale: number): Promise<BenchServices> {
  const program = fileURLToPath(new URL('service.ts', import.meta.url));
  const processes = new Map<ServiceName, ChildProcess>();
  const started: (FromService & { env: object })[] = [];
  for (const name of serviceNames) {
    const child = fork(program, [name, String(scale)], { execArgv: ['--max-old-space-size=6000'] });
    processes.set(name, child);
    started.push((await answer(child)) as FromService & { env: object });
  }
  const ask = async (name: ServiceName, message: ToService): Promise<FromService> => {
    const child = processes.get(name)!;
    child.send(message);
    return answer(child);
  };
  return {
    env: Object.assign({}, ...started.map((one) => one.env)) as Record<string, string>,
    records: started.reduce((sum, one) => sum + ('records' in one ? one.records : 0), 0),
    async counts() {
      const all: Partial<Record<ServiceName, ServiceCounts>> = {};
      for (const name of serviceNames) all[name] = (await ask(name, { ask: 'counts' })) as ServiceCounts;
      return all as Record<ServiceName, ServiceCounts>;
    },
    async change(share) {
      let changed = 0;
      for (const name of ['salesforce', 'snowflake'] as const)
        changed += ((await ask(name, { ask: 'change', share })) as { changed: number }).changed;
      return changed;
    },
    async stop() {
      for (const child of processes.values()) {
        child.disconnect();
        await once(child, 'exit');
      }
    },
  };
}

async function answer(child: ChildProcess): Promise<FromService> {
  const answered = new AbortController();
  const { signal } = answered;
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`an emulator ended with exit code ${String(code)}`);
      }),
    ])) as [FromService];
    return message;
  } finally {
    answered.abort();
  }
}
