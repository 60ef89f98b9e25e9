import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '../../core/observe/report.ts';
import type { ServiceName } from '../../sync/demo/services.ts';
import { runProcess } from './run-process.ts';
import type { ServiceCounts } from './service.ts';
import { startBenchServices } from './start-services.ts';
import { writeConfig, type Workload } from './write-config.ts';

export interface EmulatorStep {
  readonly step: string;
  /** The run by itself, without loading the program. */
  readonly runMs: number;
  /** CPU time of the whole process, loading included. */
  readonly cpuMs: number;
  readonly peakRssMb: number;
  readonly records: number;
  /** Written to both destinations together. */
  readonly documents: number;
  readonly services: Readonly<Record<ServiceName, ServiceCounts>>;
}

/** The command line against fresh emulators: full sync, unchanged, re-read, 1 % changed; a process each. */
export async function measureEngine(
  workload: Workload,
  scale: number,
  nodeFlags: readonly string[],
  only?: 'first sync',
): Promise<EmulatorStep[]> {
  const services = await startBenchServices(scale);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const config = writeConfig(folder, workload);
  const sync = async (step: string): Promise<EmulatorStep> => {
    await services.counts();
    const result = await runProcess('sync/cli.ts', ['-c', config, '--json', '--no-progress', 'sync'], {
      env: services.env,
      nodeFlags,
    });
    if (result.exitCode !== 0)
      throw new Error(`sync ended with exit code ${result.exitCode}: ${result.stdout}`);
    const report = JSON.parse(result.stdout) as RunReport;
    return {
      step,
      runMs: Math.round(report.seconds * 1000),
      cpuMs: result.cpuMs,
      peakRssMb: result.peakRssMb,
      records: report.streams.reduce((sum, one) => sum + one.read, 0),
      documents: report.destinations.reduce((sum, one) => sum + one.written, 0),
      services: await services.counts(),
    };
  };
  try {
    const steps = [await sync('first sync')];
    if (only) return steps;
    steps.push(await sync('unchanged, from the cursor'));
    await runProcess('bench/emulators/forget-cursors.ts', [config], { env: services.env });
    steps.push(await sync('unchanged, full re-read'));
    await services.change(0.01);
    steps.push(await sync('1 % changed'));
    return steps;
  } finally {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A loop written by hand against fresh emulators. */
export async function measureLoop(
  mode: 'same-requests' | 'bytes-only' | 'connectors-only',
  workload: Workload,
  scale: number,
): Promise<EmulatorStep> {
  const services = await startBenchServices(scale);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  const config = writeConfig(folder, workload);
  try {
    const result = await runProcess('bench/loop/run-loop.ts', [mode, config], { env: services.env });
    if (result.exitCode !== 0) throw new Error(`the loop ended with exit code ${result.exitCode}`);
    const made = JSON.parse(result.stdout) as {
      documents: number;
      records: number;
      wallMs: number;
      cpuMs: number;
    };
    return {
      step: mode,
      runMs: made.wallMs,
      cpuMs: made.cpuMs,
      peakRssMb: result.peakRssMb,
      records: made.records,
      documents: made.documents * 2,
      services: await services.counts(),
    };
  } finally {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
