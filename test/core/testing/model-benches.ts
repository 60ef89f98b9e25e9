import type { Change } from '../../../core/contract/destination.ts';
import { createTestClock } from '../../../core/testing/clock.ts';
import type { DestinationBench } from '../../../core/testing/conformance/destination-suite.ts';
import type { SourceBench } from '../../../core/testing/conformance/source-suite.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { modelDestination, type ModelDestinationOptions } from '../../../core/testing/model-destination.ts';
import { modelSource, type ModelSourceOptions } from '../../../core/testing/model-source.ts';

/** Five rows in a model source of their own. */
export async function openModelSource(options: Partial<ModelSourceOptions>): Promise<SourceBench> {
  const clock = createTestClock();
  const rows = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e'].map((key) => [key, { Name: `Account ${key}`, Size: 7, Secret: 'hidden' }]),
  );
  const world = modelSource({ clock, streams: { Account: rows }, ...options });
  const open = () => world.connector.create({}, createTestContext({ clock }));
  let count = 0;
  return {
    source: await open(),
    stream: { name: 'Account', fields: ['Name', 'Size'], options: { pageSize: 2 } },
    keys: Object.keys(rows),
    async insert() {
      const key = `new-${++count}`;
      world.put('Account', key, { Name: key, Size: 1, Secret: 'hidden' });
      return key;
    },
    async update(key) {
      world.patch('Account', key, { Size: 8 });
      return { Size: 8 };
    },
    remove: async (key) => world.remove('Account', key),
    later: async () => clock.advance(1000),
    reopen: open,
    close: async () => {},
  };
}

/** A model plane of its own that refuses what is titled poison, and complains of breaches and of orphans at its end. */
export async function openModelDestination(options: ModelDestinationOptions): Promise<DestinationBench> {
  const clock = createTestClock();
  const plane = modelDestination(options);
  const reason = 'The title is poison.';
  const isPoison = (change: Change): boolean =>
    change.action === 'write' && change.document.title === 'poison';
  if (options.mode === 'accepting') {
    plane.switches.fail = (change) => (isPoison(change) ? { reason, applied: false } : undefined);
  } else plane.switches.reject = (change) => (isPoison(change) ? reason : undefined);
  const open = ({ installation = 'test-installation' } = {}) =>
    plane.connector.create({}, { ...createTestContext({ clock }), installation });
  return {
    destination: await open(),
    reopen: open,
    later: async () => clock.advance(1000),
    close: async () => {
      if (plane.breaches.length > 0) throw new Error(plane.breaches.join('; '));
      if (plane.orphans().length > 0) throw new Error(`orphans: ${plane.orphans().join(', ')}`);
    },
  };
}

export const poison = (document: object) => ({ ...document, title: 'poison' }) as never;
