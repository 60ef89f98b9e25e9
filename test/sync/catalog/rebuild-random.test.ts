import { describe, expect, it } from 'vitest';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../../core/testing/index.ts';
import { expectedBodies } from '../oracle.ts';
import { accountsClose, bodies, createScenario, type Scenario } from '../scenario.ts';

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);
const names = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];

function change({ crm }: Scenario, random: () => number): void {
  const name = names[Math.floor(random() * names.length)]!;
  if (random() < 0.3 && crm.rows('Account').has(name)) crm.remove('Account', name);
  else
    crm.put('Account', name, {
      Id: name,
      Name: `Name ${'x'.repeat(Math.floor(random() * 4) * 9)}`,
      OwnerId: 'u1',
      Industry: 'Energy',
    });
}

/** Some answers are lost after they took effect; some take effect after the process has given up. */
function disturb({ left, right }: Scenario, random: () => number): void {
  for (const plane of [left, right]) {
    plane.switches.unknown = () => (random() < 0.2 ? (random() < 0.5 ? 'applied' : 'late') : undefined);
  }
}

const calm = ({ left, right }: Scenario): void => {
  for (const plane of [left, right]) {
    plane.switches.unknown = undefined;
    plane.settle();
  }
};

describe('histories in which the catalog is lost or set back', () => {
  it.each(seeds)(
    'end with both planes equal to the sources, and nothing left over (seed %i)',
    async (seed) => {
      const random = createRandom(seed);
      const scenario = createScenario({
        left: { fingerprints: false, ...(random() < 0.5 ? { pieceLength: 10 } : {}) },
        right: random() < 0.5 ? { pieceLength: 10 } : {},
      });
      const file = (name: string): string => join(scenario.folder, name);
      const lose = (): void => {
        for (const end of ['', '-wal', '-shm']) rmSync(file(`catalog.sqlite${end}`), { force: true });
      };
      await scenario.sync();
      await scenario.withTributary((tributary) => tributary.catalog.backup(file('backup.sqlite')));
      for (let step = 0; step < 8; step++) {
        for (let changes = Math.floor(random() * 5); changes > 0; changes--) change(scenario, random);
        const dice = random();
        if (dice < 0.4) {
          disturb(scenario, random);
          await scenario.sync({ patienceMs: 0 });
          calm(scenario);
        } else if (dice < 0.6)
          await scenario.withTributary((tributary) =>
            tributary.catalog.backup(file('backup.sqlite'), { force: true }),
          );
        else if (dice < 0.8) {
          lose();
          const { run } = await scenario.withTributary((tributary) => tributary.catalog.rebuild());
          expect(accountsClose(run!)).toEqual([]);
        } else {
          const { run } = await scenario.withTributary((tributary) =>
            tributary.catalog.restore(file('backup.sqlite'), { force: true }),
          );
          expect(accountsClose(run!)).toEqual([]);
        }
      }
      calm(scenario);
      await scenario.sync();
      expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
      expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
      expect([scenario.left.orphans(), scenario.right.orphans()]).toEqual([[], []]);
      const quiet = await scenario.sync();
      expect(quiet.destinations.map((one) => one.considered)).toEqual([0, 0]);
      scenario.end();
    },
  );
});
