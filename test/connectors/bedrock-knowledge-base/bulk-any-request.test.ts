import { expect, test } from 'vitest';
import { errorReply } from '../../../connectors/bedrock-knowledge-base/emulator/replies.ts';
import { s3ErrorReply } from '../../../connectors/bedrock-knowledge-base/emulator/s3/replies.ts';
import type { Fault } from '../../../core/testing/loopback-server.ts';
import { createRandom } from '../../../core/testing/random.ts';
import { isVerified } from '../../../sync/verify.ts';
import { openBulkCompany, type BulkCompany } from './bulk-company.ts';

const accounts = 24;
const inOrder = { verified: true, documents: accounts - 1, twice: 0, news: 5 };

const open = () => openBulkCompany({ accounts, from: 3, jobFrom: 4 });
const sync = (company: BulkCompany, signal?: AbortSignal) =>
  company.inProcess((tributary) => tributary.sync(), signal).catch(() => undefined);
const change = ({ tell, crm }: BulkCompany): void => {
  for (const account of [3, 4, 5, 6, 7]) tell(account, 'News.');
  crm.remove('Account', 'a8');
};
/** Two ordinary runs while all is well, and what is there then. */
async function end(company: BulkCompany): Promise<typeof inOrder> {
  await sync(company);
  await sync(company);
  const verified = await company.inProcess((tributary) => tributary.verify());
  const { direct, s3, twice } = company.standing();
  const news = company.texts().filter((text) => text.includes('News.')).length;
  return { verified: isVerified(verified), documents: direct + s3, twice, news };
}

/** A first load or a round of changes that dies at one of its requests. False: it had fewer. */
async function dieAt(
  company: BulkCompany,
  atRequest: number,
  kind: 'cut-before' | 'cut-after',
): Promise<boolean> {
  const controller = new AbortController();
  let seen = 0;
  const when = (): boolean => ++seen === atRequest && (controller.abort(), true);
  const { emulator } = company;
  const faults = [emulator.server, emulator.s3!.server].map((server) =>
    server.fault({ when, effect: { kind } }),
  );
  await sync(company, controller.signal);
  for (const switchOff of faults) switchOff();
  company.clock.advance(60_000);
  return controller.signal.aborted;
}

/** `REQUEST_STEP=1` lets a process die at every request. */
const step = Number(process.env['REQUEST_STEP'] ?? 13);

test.each([
  ['a first load', 6, 75],
  ['changes', 9, 42],
] as const)(
  'a process that dies at any request of %s is followed by ordinary runs: every document stands once, in its last form',
  async (what, first, last) => {
    let deaths = 0;
    for (let atRequest = first; atRequest < last; atRequest += step) {
      const company = await open();
      const how = Math.floor(atRequest / 2) % 2 === 0 ? 'cut-before' : 'cut-after';
      if (what === 'changes') await sync(company);
      if (what === 'changes') change(company);
      if (await dieAt(company, atRequest, how)) deaths++;
      if (what !== 'changes') change(company);
      expect({ atRequest, how, ...(await end(company)) }).toEqual({ atRequest, how, ...inOrder });
      await company.close();
    }
    expect(deaths).toBeGreaterThan(1);
  },
  900_000,
);

/** Requests break off or are refused by chance, in both services. */
function misbehave({ emulator }: BulkCompany, random: () => number): () => void {
  const share = 0.02 + 0.1 * random();
  const effects = (isS3: boolean): readonly Fault['effect'][] => [
    { kind: 'cut-before' },
    { kind: 'cut-after' },
    {
      kind: 'reply',
      reply: isS3 ? s3ErrorReply('SlowDown', 'slow') : errorReply('ThrottlingException', 'slow'),
    },
    {
      kind: 'reply',
      reply: isS3 ? s3ErrorReply('InternalError', 'no') : errorReply('InternalServerException', 'no'),
    },
    {
      kind: 'reply',
      reply: isS3 ? s3ErrorReply('SlowDown', 'slow') : errorReply('ConflictException', 'busy'),
    },
  ];
  const off = [emulator.server, emulator.s3!.server].flatMap((server) => {
    const all = effects(server !== emulator.server);
    return all.map((effect) => server.fault({ when: () => random() < share / all.length, effect }));
  });
  return () => off.forEach((one) => one());
}

const seeds = Array.from({ length: Number(process.env['SEEDS'] ?? 3) }, (_, n) => n + 1);

test.each(seeds)(
  'whatever goes wrong between loads and changes, all is in order once nothing does (seed %i)',
  async (seed) => {
    const random = createRandom(seed);
    const company = await open();
    const someRuns = async (): Promise<void> => {
      for (let run = 0; run < 1 + random() * 3; run++) {
        await sync(company);
        company.clock.advance(random() * 60_000);
      }
    };
    const calm = misbehave(company, random);
    await someRuns();
    change(company);
    await someRuns();
    calm();
    company.clock.advance(120_000);
    expect(await end(company)).toEqual(inOrder);
    await company.close();
  },
  300_000,
);
