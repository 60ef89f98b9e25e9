import { expect, it } from 'vitest';
import { reindex } from '../../sync/reindex.ts';
import { baseRows, createScenario } from '../sync/scenario.ts';

const keyOf = (number: number): string => `a${String(number).padStart(3, '0')}`;
const account = (number: number, name: string) => ({
  Id: keyOf(number),
  Name: name,
  OwnerId: 'u1',
  Industry: 'Energy',
});

it('fresh changes go before a reindex, which still gets every fifth turn', async () => {
  const accounts = Object.fromEntries(
    Array.from({ length: 60 }, (_, number) => [keyOf(number), account(number, `Name ${number}`)]),
  );
  const scenario = createScenario({
    rows: { ...baseRows(), Account: accounts },
    right: { limits: { maxDocuments: 1, maxInFlight: 1 } },
  });
  try {
    await scenario.sync();
    for (let number = 40; number < 60; number++)
      scenario.crm.put('Account', keyOf(number), account(number, `Fresh ${number}`));
    await scenario.sync({ publish: false });
    const order: string[] = [];
    scenario.right.switches.onWrite = (moment, change) => {
      if (moment === 'before' && change.action === 'write')
        order.push(change.document.title.startsWith('Fresh') ? 'fresh' : 'bulk');
    };
    const world = await scenario.open();
    await reindex(world);
    world.catalog.close();
    expect(order.length).toBe(60);
    const both = order.slice(0, order.lastIndexOf('fresh') + 1);
    expect(both.filter((lane) => lane === 'fresh').length).toBe(20);
    const bulk = both.length - 20;
    expect(bulk).toBeGreaterThanOrEqual(4);
    expect(bulk).toBeLessThanOrEqual(6);
  } finally {
    scenario.end();
  }
});
