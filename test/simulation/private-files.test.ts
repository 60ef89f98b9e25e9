import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runOnce } from '../../sync/run.ts';
import { createScenario } from '../sync/scenario.ts';

it('every file that a run leaves or uses beside its catalog can be read by its owner alone', async () => {
  const before = process.umask(0o000);
  const scenario = createScenario();
  try {
    const world = await scenario.open();
    await runOnce(world);
    const modes = readdirSync(scenario.folder).map((name) => [
      name,
      (statSync(join(scenario.folder, name)).mode & 0o777).toString(8),
    ]);
    world.catalog.close();
    expect(modes.length).toBeGreaterThanOrEqual(3);
    expect(modes.filter(([, mode]) => mode !== '600')).toEqual([]);
  } finally {
    process.umask(before);
    scenario.end();
  }
});
