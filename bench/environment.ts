import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What a figure cannot be read without. */
export const describeEnvironment = (): string =>
  `Node ${process.version} on Linux ${release()}, ${availableParallelism()} processors (${cpus()[0]?.model ?? 'unknown'}), ` +
  `${Math.round(totalmem() / 2 ** 30)} GB of memory; catalog in the folder for temporary files.`;

/** Processes that wanted a processor, on average over the last minute: above the number of processors, wall times are those of a busy machine. */
export const load = (): number => Math.round(loadavg()[0]! * 10) / 10;
