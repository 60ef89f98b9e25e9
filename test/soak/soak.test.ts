import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

interface Result {
  readonly growth: Readonly<Record<'rss' | 'heap' | 'handles' | 'catalog', number>>;
  readonly isEqual: boolean;
  readonly peakWalMb: number;
  readonly samples: readonly {
    readonly heapMb: number;
    readonly handles: number;
    readonly catalogMb: number;
  }[];
}

/** `node --expose-gc test/soak/run.ts` does it with a million records. */
const soak = (args: readonly string[]): Promise<Result> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ['--expose-gc', join(import.meta.dirname, 'run.ts'), '--json', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += String(data)));
    child.stderr.on('data', (data) => (stderr += String(data)));
    child.on('error', reject);
    child.on('close', () =>
      stdout === '' ? reject(new Error(stderr)) : resolve(JSON.parse(stdout) as Result),
    );
  });

it('run after run in one process, nothing is held back: memory, file handles and the catalog stay as they are', async () => {
  const { growth, isEqual, peakWalMb, samples } = await soak(['--records', '4000', '--runs', '18']);
  expect(samples).toHaveLength(19);
  expect(growth.heap).toBeLessThan(0.15);
  expect(growth.handles).toBeLessThan(0.2);
  expect(growth.catalog).toBeLessThan(0.2);
  expect(peakWalMb).toBeLessThan(64);
  expect(isEqual).toBe(true);
});

it('the catalog does not grow over the months while as many records come as go', async () => {
  const { isEqual, samples } = await soak(['--records', '1000', '--runs', '42', '--hours', '24']);
  const [afterAMonth, atTheEnd] = [samples[33]!.catalogMb, samples.at(-1)!.catalogMb];
  expect(atTheEnd / afterAMonth).toBeLessThan(1.05);
  expect(isEqual).toBe(true);
});
