import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { openBulkBench } from './bulk-bench.ts';

for (const [name, jobFrom] of [
  ['by ingestion jobs', 1],
  ['by naming objects', 200],
] as const)
  describeDestination(`The S3 road into an Amazon Bedrock knowledge base, ${name},`, {
    offers: ['confirm', 'inventory', 'readBack', 'search', 'slots', 'expect'],
    maxPolls: 200,
    poison: (document) => ({ ...document, id: `${document.id}-poison` }),
    async open() {
      const bench = await openBulkBench({ from: 1, jobFrom });
      bench.emulator.switches.outcomes.push({
        id: /-poison/,
        final: 'FAILED',
        reason: 'The file cannot be parsed.',
      });
      bench.destination.expect!(1);
      return {
        destination: bench.destination,
        async reopen(options) {
          const other = await bench.reopen(options);
          other.expect!(1);
          return other;
        },
        later: async () => bench.clock.advance(500),
        close: bench.close,
      };
    },
  });
