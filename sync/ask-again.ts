import type { Lease, QuarantinedRecord } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import { definitionsStream } from '../core/config/definitions.ts';
import type { Problem } from '../core/observe/report.ts';
import { toProblem } from './problem.ts';
import { adoptShape } from './pull.ts';
import { beginPull, savePage } from './save-page.ts';
import { identify, toStream, type World } from './world.ts';

/** What came of asking sources for quarantined records. */
export interface Answers {
  /** Asked for by key, or to be asked in a dry run. */
  asked: number;
  readable: number;
  unreadable: number;
  /** The source shows no such record to us: a lost permission looks the same, so the last good version stays. */
  gone: number;
  /** Cannot be asked for by key: the next read that shows them decides. */
  waiting: number;
  /** The first few, by name. */
  readonly goneNames: string[];
  readonly waitingNames: string[];
}

const shownNames = 20;

export const noAnswers = (): Answers => ({
  asked: 0,
  readable: 0,
  unreadable: 0,
  gone: 0,
  waiting: 0,
  goneNames: [],
  waitingNames: [],
});

/** Asks a source for records of one stream by key and saves what it shows. Without a lease, only counts what would be asked. */
export async function askAgain(
  world: World,
  sourceName: string,
  stream: StreamConfig,
  records: readonly QuarantinedRecord[],
  lease: Lease | undefined,
  answers: Answers,
): Promise<Problem | undefined> {
  try {
    const { source } = await world.source(sourceName);
    const canAsk = source.lookup !== undefined && stream.name !== definitionsStream;
    const [named, waiting] = [records.filter(isNamed), records.filter((one) => !isNamed(one))];
    wait(answers, canAsk ? waiting : records);
    if (!canAsk || named.length === 0) return undefined;
    answers.asked += named.length;
    if (!lease) return undefined;
    const { instance } = await identify(world, sourceName, true);
    const pull = beginPull(world, stream, lease);
    await adoptShape(pull, source, instance);
    const keys = named.map((one) => one.key);
    for await (const page of source.lookup!(toStream(stream), keys)) {
      savePage(pull, { asOf: page.asOf, records: page.found, unreadable: page.unreadable }, { bulk: false });
      answers.readable += page.found.length;
      answers.unreadable += page.unreadable.length;
      takeGone(world, lease, named, page.gone, answers);
    }
    return undefined;
  } catch (error) {
    if (world.signal.aborted) throw error;
    return toProblem(error, world.signal);
  }
}

/** A record without a key, or with one too long to be stored, has no name to ask by. */
const isNamed = ({ key }: QuarantinedRecord): boolean =>
  key !== '' && !(key.length === 65 && key.endsWith('…'));

function wait(answers: Answers, records: readonly QuarantinedRecord[]): void {
  answers.waiting += records.length;
  note(answers.waitingNames, records);
}

/** Where no version was ever stored there is nothing to protect: the entry goes. */
function takeGone(
  world: World,
  lease: Lease,
  named: readonly QuarantinedRecord[],
  keys: readonly string[],
  answers: Answers,
): void {
  const gone = named.filter((one) => keys.includes(one.key));
  answers.gone += gone.length;
  note(
    answers.goneNames,
    gone.filter((one) => one.entry.keepsEarlier),
  );
  world.catalog.quarantine.discardRecords(
    lease,
    gone.filter((one) => !one.entry.keepsEarlier),
  );
}

function note(names: string[], records: readonly QuarantinedRecord[]): void {
  for (const { entry } of records) if (names.length < shownNames) names.push(entry.name);
}
