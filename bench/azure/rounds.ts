import type { ServiceAddresses, ServiceCounts } from './service.ts';
import { documentsOf, onePercentChanged, passagesOf } from './workload.ts';

/** One try to bring the index to what it should hold. `done`: it claims that everything is there. */
export type Round = () => Promise<{
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly done: boolean;
}>;

export interface MeasuredRound extends ServiceCounts {
  readonly step: string;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
  /** How often it had to be called before it claimed that everything was there. */
  readonly calls: number;
  /** Passages that should be in the index and are not, and those that are and should not be. */
  readonly missing: number;
  readonly surplus: number;
}

export function inService() {
  const addresses = JSON.parse(process.env['BENCH_SERVICE']!) as ServiceAddresses;
  return {
    addresses,
    count: Number(process.env['BENCH_DOCUMENTS']),
    faults: process.env['BENCH_FAULTS'] === 'true',
  };
}

const maxCalls = 10;

/** First load, again without a change, then with one document of a hundred changed; with faults, the first load alone. */
export async function rounds(side: {
  readonly index: string;
  readonly sync: Round;
  readonly change: () => Promise<void>;
}): Promise<void> {
  const { addresses, count, faults } = inService();
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (
      await fetch(`${addresses.control}${path}`, { headers: { connection: 'close' } })
    ).json()) as Answer;
  const documents = documentsOf(count);

  const play = async (step: string, expected: readonly string[]): Promise<void> => {
    await ask('/counts');
    let [wallMs, cpuMs, calls, done] = [0, 0, 0, false];
    while (!done && calls < maxCalls) {
      calls++;
      const tried = await side.sync();
      wallMs += tried.wallMs;
      cpuMs += tried.cpuMs;
      done = tried.done;
    }
    const counts = await ask<ServiceCounts>('/counts');
    const stored = await ask<string[]>(`/stored?index=${side.index}`);
    const held = new Set(stored);
    const wanted = new Set(expected);
    const round: MeasuredRound = {
      step,
      wallMs,
      cpuMs,
      calls,
      ...counts,
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      missing: expected.filter((passage) => !held.has(passage)).length,
      surplus: stored.filter((passage) => !wanted.has(passage)).length,
    };
    process.stdout.write(`${JSON.stringify(round)}\n`);
  };

  if (faults) {
    await ask('/faults?on=true');
    await play('first load, busy service', passagesOf(documents));
    await ask('/faults?on=false');
    await play('again, service well', passagesOf(documents));
    return;
  }
  await play('first load', passagesOf(documents));
  await play('unchanged', passagesOf(documents));
  await side.change();
  await play('1 % changed', passagesOf(onePercentChanged(documents)));
}
