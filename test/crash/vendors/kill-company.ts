import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '../../../core/testing/random.ts';
import { openAccounts, unfinished } from '../../../sync/demo/expectations.ts';
import { createTributary } from '../../../sync/tributary.ts';
import { startCommand } from '../../journeys/command.ts';
import { pickOf } from '../../simulation/disturb.ts';
import { changeCompany, removeNewest } from './change-company.ts';
import { companyYaml } from './company.ts';
import { differences } from './differences.ts';
import { disturbServices } from './disturb-services.ts';
import { startVendors, type Death, type Services } from './services.ts';

export interface KillReport {
  readonly seed: number;
  readonly rounds: number;
  /** Processes that died by the signal; the others had ended before their moment came. */
  readonly killed: number;
  readonly finished: number;
  /** What an ordinary run left wrong, each with its round. */
  readonly broken: readonly string[];
}

/**
 * The company's services stay up while `tributary sync` is killed again and again, with faults on: at a random request,
 * before it arrives, with its answer lost, or some milliseconds later. After each kill (some rounds have two) comes one
 * ordinary run, and both planes are compared with the sources. Ends at the first round that left something wrong.
 */
export async function killCompany(options: {
  readonly seed: number;
  readonly kills: number;
  readonly onServices: (services: Services) => void;
  readonly onRound: (report: KillReport) => void;
}): Promise<void> {
  const random = createRandom(options.seed * 7919);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-killed-'));
  const config = join(folder, 'connectors.config.yaml');
  writeFileSync(config, companyYaml);
  const services = await startVendors();
  options.onServices(services);
  const broken: string[] = [];
  let killed = 0;
  let finished = 0;
  let lastRun = 60;
  const changeSome = (count: number): void => {
    for (let left = count; left > 0; left--) changeCompany(services, random);
  };
  try {
    for (let round = 1; killed < options.kills; round++) {
      for (let times = random() < 0.2 ? 2 : 1; times > 0; times--) {
        changeSome(1 + Math.floor(random() * 4));
        services.advance(60_000);
        const calm = await disturbServices(services, random);
        const of = random() < 0.5 ? 'changes' : 'all';
        const atRequest = 1 + Math.floor(random() * (of === 'changes' ? 3 : lastRun));
        const how = pickOf(random, ['before', 'after', 0, 2, 5, 15, 40, 120] as const);
        const end = await syncAndDie(services, folder, config, { atRequest, of, how });
        if (end.killed) killed++;
        else {
          finished++;
          lastRun = services.requests;
        }
        if (end.bug !== undefined)
          broken.push(`round ${round}: the process that was to be killed says ${end.bug}`);
        calm();
      }
      // What the dead process sent is not what is wanted any more.
      if (random() < 0.5) changeSome(1 + Math.floor(random() * 4));
      if (random() < 0.3) removeNewest(services);
      const wrong = await ordinaryRun(services, config, random() < 0.1);
      lastRun = Math.max(40, services.requests);
      broken.push(...wrong.map((one) => `round ${round}: ${one}`));
      options.onRound({ seed: options.seed, rounds: round, killed, finished, broken });
      if (broken.length > 0) break;
    }
  } finally {
    await services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the process died, which may have ended before its moment came, and what it said when something was no ordinary end. */
async function syncAndDie(
  services: Services,
  folder: string,
  config: string,
  death: Omit<Death, 'die'>,
): Promise<{ readonly killed: boolean; readonly bug: string | undefined }> {
  const { child, finished } = startCommand(['sync', '--config', config], {
    cwd: folder,
    env: { ...services.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tributary-compile-cache') },
  });
  services.watch({ ...death, die: () => void child.kill('SIGKILL') });
  const { stderr } = await finished;
  return {
    killed: child.signalCode === 'SIGKILL',
    bug: stderr.includes('this is a bug') ? stderr.trim() : undefined,
  };
}

/** So long after the last change that Salesforce's log of deleted records is read again. */
const quietMs = 70 * 60_000;

/** One run with everything answering, then the comparison; sometimes a second, which must find nothing to do. */
async function ordinaryRun(services: Services, config: string, twice: boolean): Promise<string[]> {
  services.advance(quietMs);
  services.watch();
  const tributary = await createTributary({ config, env: services.env });
  try {
    const report = await tributary.sync();
    const wrong = [...openAccounts(report), ...unfinished(report), ...differences(services)];
    if (twice && wrong.length === 0) {
      const again = await tributary.sync();
      wrong.push(
        ...again.destinations
          .filter((one) => one.written + one.deleted > 0)
          .map((one) => `${one.destination} was written to without a change at the sources`),
      );
    }
    return wrong;
  } finally {
    await tributary.close();
  }
}
