import { lendEnvironment } from '../../../sync/demo/environment.ts';
import { killCompany, type KillReport } from './kill-company.ts';

export interface Killing {
  /** Processes to kill, over all companies together. */
  readonly kills: number;
  /** Of the first company; each further one has the next. */
  readonly seed: number;
  /** Companies at a time. */
  readonly parallel: number;
  readonly onRound?: (report: KillReport, soFar: KillReport) => void;
}
/** A company lives for at most so many kills. */
const longestLife = 50;

/** Kills processes in one company after the other; answers the sums. */
export async function killCompanies({ kills, seed, parallel, onRound }: Killing): Promise<KillReport> {
  const companies = Math.max(parallel, Math.ceil(kills / longestLife));
  const reports = new Map<number, KillReport>();
  const soFar = (): KillReport => {
    const all = [...reports.values()];
    const sum = (of: 'killed' | 'finished' | 'rounds'): number =>
      all.reduce((total, one) => total + one[of], 0);
    return {
      seed,
      rounds: sum('rounds'),
      killed: sum('killed'),
      finished: sum('finished'),
      broken: all.flatMap((one) => one.broken),
    };
  };
  /** The AWS SDK takes its credentials from the process; those of all emulators are the same. */
  const takeBack: (() => void)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < companies) {
      const number = next++;
      const share = Math.floor((kills * (number + 1)) / companies) - Math.floor((kills * number) / companies);
      await killCompany({
        seed: seed + number,
        kills: share,
        onServices: ({ env }) => takeBack.push(lendEnvironment(env)),
        onRound(report) {
          reports.set(number, report);
          onRound?.(report, soFar());
        },
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, work));
    return soFar();
  } finally {
    for (const one of takeBack.toReversed()) one();
  }
}
