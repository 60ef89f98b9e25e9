import { load } from '../environment.ts';
import { markdownTable } from '../markdown-table.ts';
import { median } from '../median.ts';
import { measureEngine, measureLoop, type EmulatorStep } from './measure-emulators.ts';
import type { Workload } from './write-config.ts';

export interface EmulatorRun extends EmulatorStep {
  readonly workload: Workload;
  readonly scale: number;
  /** Who did it: the command line, or which loop. */
  readonly by: 'engine' | 'same-requests' | 'bytes-only' | 'connectors-only';
  readonly load: number;
}

/** A scale of the demo company that gives about so many records. */
export const scaleFor = (workload: Workload, records: number): number =>
  Math.max(0.2, Math.round(records / (workload === 'joined' ? 140.7 : 139.2)) / 10);

const loops = ['same-requests', 'bytes-only', 'connectors-only'] as const;

/** Engine and loops in turn, so that a busy spell of the machine does not hit one of them alone. */
export async function runEmulators(records: number, repeats: number): Promise<EmulatorRun[]> {
  const runs: EmulatorRun[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const workload of ['joined', 'one-to-one'] as const) {
      const scale = scaleFor(workload, records);
      const note = async (by: EmulatorRun['by'], work: () => Promise<EmulatorStep[]>): Promise<void> => {
        const before = load();
        for (const step of await work()) {
          runs.push({ ...step, workload, scale, by, load: before });
          process.stderr.write(
            `${workload} ${by} ${step.step}: ${step.runMs} ms, CPU ${step.cpuMs} ms, load ${before}\n`,
          );
        }
      };
      await note('engine', () => measureEngine(workload, scale, []));
      for (const mode of loops) await note(mode, async () => [await measureLoop(mode, workload, scale)]);
    }
  }
  return runs;
}

/** First syncs of the joined workload at one and at three times the size: what memory does when records grow. */
export async function runGrowth(records: number): Promise<EmulatorRun[]> {
  const runs: EmulatorRun[] = [];
  for (const size of [records, records * 3]) {
    const scale = scaleFor('joined', size);
    const before = load();
    const [step] = await measureEngine('joined', scale, [], 'first sync');
    runs.push({ ...step!, workload: 'joined', scale, by: 'engine', load: before });
  }
  return runs;
}

const perSecond = (count: number, ms: number): number => Math.round((count / ms) * 1000);

function rowsOf(runs: readonly EmulatorRun[]): { first: EmulatorRun; own: EmulatorRun[] }[] {
  const groups = Map.groupBy(runs, (run) => `${run.workload}/${run.by}/${run.step}/${run.scale}`);
  return [...groups.values()].map((own) => ({ first: own[0]!, own }));
}

export function emulatorTable(runs: readonly EmulatorRun[]): string {
  return markdownTable(
    [
      'workload',
      'by',
      'step',
      'records',
      'documents sent',
      'run ms',
      'CPU ms',
      'records/s',
      'documents/s',
      'requests',
      'peak RSS MB',
    ],
    rowsOf(runs).map(({ first, own }) => {
      const runMs = median(own.map((run) => run.runMs));
      const requests = Object.values(first.services).map((service) =>
        Object.values(service.requests).reduce((sum, one) => sum + one, 0),
      );
      return [
        first.workload,
        first.by,
        first.step,
        first.records,
        first.documents,
        runMs,
        median(own.map((run) => run.cpuMs)),
        perSecond(first.records, runMs),
        perSecond(first.documents, runMs),
        requests.join(' + '),
        median(own.map((run) => run.peakRssMb)),
      ];
    }),
  );
}

/** How fast the engine's first sync is beside each loop: 1 would be as fast. */
export function ratioTable(runs: readonly EmulatorRun[]): string {
  const of = (workload: Workload, by: EmulatorRun['by'], value: (run: EmulatorRun) => number): number =>
    median(
      runs
        .filter((run) => run.workload === workload && run.by === by)
        .filter((run) => by !== 'engine' || run.step === 'first sync')
        .map(value),
    );
  const ratio = (workload: Workload, by: EmulatorRun['by'], value: (run: EmulatorRun) => number): string =>
    (of(workload, by, value) / of(workload, 'engine', value)).toFixed(2);
  return markdownTable(
    ['workload', 'beside', 'by time', 'by CPU'],
    (['joined', 'one-to-one'] as const).flatMap((workload) =>
      loops.map((by) => [
        workload,
        by,
        ratio(workload, by, (run) => run.runMs),
        ratio(workload, by, (run) => run.cpuMs),
      ]),
    ),
  );
}
