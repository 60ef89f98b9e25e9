import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { describeDestinationSlots } from '../../../core/testing/conformance/destination-slots.ts';
import { createRig } from './support.ts';

describeDestination('Azure AI Search', {
  offers: ['inventory', 'readBack', 'search', 'slots'],
  async open() {
    const rig = await createRig(
      { metadata: { fields: { notes: {} } } },
      { apply: false, visibilityDelayMs: 3000 },
    );
    return {
      destination: rig.destination,
      reopen: ({ installation } = {}) => rig.another({}, installation),
      later: async () => rig.clock.advance(5000),
      close: () => rig.emulator.close(),
    };
  },
  poison: (document) => ({ ...document, metadata: { notes: 'x'.repeat(40_000) } }),
});

describeDestination('Azure AI Search with passages and vectors', {
  offers: ['inventory', 'readBack', 'search', 'slots'],
  async open() {
    const rig = await createRig(
      {
        metadata: { fields: { notes: {} } },
        chunks: { maxCharacters: 200, overlap: 20 },
        vector: { provider: 'offline', dimensions: 32 },
      },
      { apply: false, visibilityDelayMs: 3000 },
    );
    return {
      destination: rig.destination,
      reopen: ({ installation } = {}) => rig.another({}, installation),
      later: async () => rig.clock.advance(5000),
      close: () => rig.emulator.close(),
    };
  },
  poison: (document) => ({ ...document, metadata: { notes: 'x'.repeat(40_000) } }),
});

describeDestinationSlots('Azure AI Search', {
  async open() {
    const settings = {
      alias: 'knowledge',
      semanticConfiguration: 'agents',
      knowledge: { source: 'crm', base: 'crm-base', description: 'Customers and contracts.' },
    };
    const rig = await createRig(settings, { apply: false, visibilityDelayMs: 3000 });
    return {
      bind: (slot) => rig.another({}, undefined, undefined, slot),
      later: async () => rig.clock.advance(5000),
      close: () => rig.emulator.close(),
    };
  },
});
