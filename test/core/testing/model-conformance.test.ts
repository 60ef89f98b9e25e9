import { createTestClock } from '../../../core/testing/clock.ts';
import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { describeSource, type SourceBench } from '../../../core/testing/conformance/source-suite.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { modelDestination, type ModelDestinationOptions } from '../../../core/testing/model-destination.ts';
import { modelSource, type ModelSourceOptions } from '../../../core/testing/model-source.ts';

async function openSource(options: Partial<ModelSourceOptions>): Promise<SourceBench> {
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

async function openDestination(options: ModelDestinationOptions) {
  const clock = createTestClock();
  const plane = modelDestination(options);
  plane.switches.reject = (change) =>
    change.action === 'write' && change.document.title === 'poison' ? 'The title is poison.' : undefined;
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

describeSource('The model source', {
  open: () => openSource({}),
  offers: ['deletes', 'lookup', 'enumerate'],
  missingKey: 'nobody',
});
describeSource('The model source with versions and neither lookup nor enumerate', {
  open: () => openSource({ versions: true, lookup: false, enumerate: false }),
  offers: ['deletes'],
  missingKey: 'nobody',
});

const poison = (document: object) => ({ ...document, title: 'poison' }) as never;
describeDestination('The model destination', {
  open: () => openDestination({}),
  offers: ['inventory', 'search'],
  poison,
});
describeDestination('The model destination that accepts first and stores pieces', {
  open: () => openDestination({ mode: 'accepting', pieceLength: 40 }),
  offers: ['confirm', 'inventory', 'search'],
  poison,
});
