import { writeFileSync } from 'node:fs';

/** Preloaded into a process that is measured: writes down at its end what it took. */
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const path = process.env['BENCH_USAGE'];
  if (path === undefined) return;
  const usage: ProcessUsage = {
    cpuMs: Math.round((user + system) / 1000),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  writeFileSync(path, JSON.stringify(usage));
});

export interface ProcessUsage {
  readonly cpuMs: number;
  readonly peakRssMb: number;
}
