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
