import { runProcess } from '../emulators/run-process.ts';
import { load } from '../environment.ts';
import { markdownTable } from '../markdown-table.ts';
import type { Measured } from '../measure.ts';
import { median } from '../median.ts';

export interface ModelRun {
  readonly workload: string;
  readonly records: number;
  readonly catalogMb: number;
  readonly results: readonly Measured[];
  readonly load: number;
}

export async function runModel(records: number, repeats: number): Promise<ModelRun[]> {
  const runs: ModelRun[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const workload of ['one-to-one', 'joined']) {
      const before = load();
      const { stdout, exitCode } = await runProcess(
        'bench/model/measure-model.ts',
        [workload, String(records)],
        {
          env: {},
        },
      );
      if (exitCode !== 0) throw new Error(`the model benchmark ended with exit code ${exitCode}`);
      runs.push({ ...(JSON.parse(stdout) as Omit<ModelRun, 'load'>), load: before });
    }
  }
  return runs;
}

/** Medians by workload and step. */
export function modelTable(runs: readonly ModelRun[]): string {
  const rows: (string | number)[][] = [];
  for (const [workload, own] of Map.groupBy(runs, (run) => run.workload)) {
    own[0]!.results.forEach(({ step, counts }, index) => {
      const of = (value: (measured: Measured) => number): number =>
        median(own.map((run) => value(run.results[index]!)));
      const wallMs = of((one) => one.wallMs);
      const cpuMs = of((one) => one.cpuMs);
      const read = counts['read'] ?? 0;
      const changes = (counts['written'] ?? 0) + (counts['deleted'] ?? 0);
      rows.push([
        workload,
        step,
        read,
        changes,
        wallMs,
        cpuMs,
        Math.round((read / wallMs) * 1000),
        Math.round((changes / wallMs) * 1000),
        of((one) => one.counts['longestTransactionMs'] ?? 0),
      ]);
    });
  }
  return markdownTable(
    [
      'workload',
      'step',
      'records',
      'changes sent',
      'wall ms',
      'CPU ms',
      'records/s',
      'changes/s',
      'longest transaction ms',
    ],
    rows,
  );
}
