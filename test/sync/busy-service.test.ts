import { expect, it } from 'vitest';
import { TransientError } from '../../core/contract/errors.ts';
import { accountsClose, createScenario } from './scenario.ts';

it('a service that is busy for a moment when a run begins does not lose its turn', async () => {
  const scenario = createScenario();
  scenario.right.switches.checkError = new TransientError('the service is busy');
  const calm = (): void => void (scenario.right.switches.checkError = undefined);
  const world = await scenario.open();
  const { runOnce } = await import('../../sync/run.ts');
  let sleeps = 0;
  const report = await runOnce({
    ...world,
    async sleep(ms) {
      if (++sleeps === 2) calm();
      await world.sleep(ms);
    },
  });
  expect(accountsClose(report)).toEqual([]);
  expect(report.destinations.map((one) => [one.written, one.error])).toEqual([
    [3, undefined],
    [3, undefined],
  ]);
  world.catalog.close();
  scenario.end();
});

it('a destination that slowed down after a refusal and has recovered is written to at its full pace again', async () => {
  const scenario = createScenario({ right: { limits: { maxDocuments: 1, maxInFlight: 1 } } });
  const { connector, switches } = scenario.right;
  const { create } = connector;
  let perSecond = 1000;
  Object.assign(connector, {
    create: async (...given: Parameters<typeof create>) => {
      const destination = await create(...given);
      return { ...destination, limits: () => ({ ...destination.limits(), requestsPerSecond: perSecond }) };
    },
  });
  switches.later = () => {
    switches.later = () => {
      perSecond = 1000;
      switches.later = undefined;
      return undefined;
    };
    perSecond = 0.01;
    return 1;
  };
  const began = scenario.clock.now();
  const report = await scenario.sync({ destinations: ['right'] });
  expect(report.destinations.map(({ written }) => written)).toEqual([3]);
  expect(scenario.clock.now() - began).toBeLessThan(50_000);
  scenario.end();
});
