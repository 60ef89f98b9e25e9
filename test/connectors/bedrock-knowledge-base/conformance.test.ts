import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { describeDestinationSlots } from '../../../core/testing/conformance/destination-slots.ts';
import { openBench, secondBase } from './bench.ts';

describeDestination('The Amazon Bedrock knowledge base', {
  offers: ['confirm', 'inventory', 'readBack', 'search', 'slots'],
  poison: (document) => ({ ...document, id: `${document.id}-poison` }),
  async open() {
    const bench = await openBench();
    bench.emulator.switches.poison = /-poison$/;
    return {
      destination: bench.destination,
      reopen: (options) => bench.reopen(options),
      later: async () => bench.clock.advance(500),
      close: bench.close,
    };
  },
});

for (const type of ['VECTOR', 'MANAGED'] as const) {
  describeDestinationSlots(`The Amazon Bedrock knowledge base (${type})`, {
    async open() {
      const bench = await openBench({ second: true, type }, { ...secondBase, knowledgeBaseType: type });
      return {
        bind: (slot) => bench.reopen({ slot }),
        later: async () => bench.clock.advance(500),
        close: bench.close,
      };
    },
  });
}
