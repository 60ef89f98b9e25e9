import { expect, it } from 'vitest';
import { runOnce } from '../../sync/run.ts';
import { baseRows, createScenario } from '../sync/scenario.ts';

it('a crash inside a page that is saved in several steps loses none of its records', async () => {
  const count = 2100;
  const accounts = Object.fromEntries(
    Array.from({ length: count }, (_, number) => {
      const Id = `a${number}`;
      return [Id, { Id, Name: `Name ${number}`, OwnerId: 'u1', Industry: 'Energy' }];
    }),
  );
  const scenario = createScenario({
    rows: { ...baseRows(), Account: accounts },
    source: { pageSize: 5000 },
    left: { mode: 'immediate' },
  });
  try {
    const world = await scenario.open();
    const { savePage } = world.catalog.streams;
    let steps = 0;
    const { streams } = world.catalog;
    const dying: typeof streams = {
      ...streams,
      savePage(lease, stream, page) {
        if (stream === 'crm.Account' && ++steps === 2) throw new Error('the process dies here');
        return savePage(lease, stream, page);
      },
    };
    const report = await runOnce({ ...world, catalog: { ...world.catalog, streams: dying } });
    world.catalog.close();
    expect(report.streams.find((one) => one.stream === 'crm.Account')?.error).toBeDefined();
    await scenario.sync();
    expect([scenario.left.held().size, scenario.right.held().size]).toEqual([count, count]);
  } finally {
    scenario.end();
  }
});
