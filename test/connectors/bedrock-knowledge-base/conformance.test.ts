import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { openBench } from './bench.ts';

describeDestination('The Amazon Bedrock knowledge base', {
  offers: ['confirm', 'inventory', 'search'],
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
