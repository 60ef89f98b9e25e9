/** What one step of a benchmark took of this process. */
export interface Measured {
  readonly step: string;
  readonly wallMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  /** The most memory that the process has had resident so far, in megabytes of 2^20 bytes. */
  readonly peakRssMb: number;
  /** Counted by the step itself: records, documents, requests. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Runs a step and says what it took. */
export async function measure(
  step: string,
  work: () => Promise<Readonly<Record<string, number>>>,
): Promise<Measured> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const counts = await work();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return {
    step,
    wallMs: Math.round(wallMs),
    cpuMs: Math.round((user + system) / 1000),
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
    counts,
  };
}
