import type { Destination } from '../../../core/contract/destination.ts';
import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { describeSource } from '../../../core/testing/conformance/source-suite.ts';
import { brokenDestinations, decidedAtOnce, type BreakDestination } from './broken-destinations.ts';
import { brokenSources, type BreakSource } from './broken-sources.ts';
import { openModelDestination, openModelSource, poison } from './model-benches.ts';

// The conformance suites over connectors with one defect each, run by broken-connectors.test.ts in a vitest of their own:
// all of these are to fail, and the two sound ones are not.
for (const [defect, breakIt] of Object.entries<BreakSource>({ sound: () => ({}), ...brokenSources })) {
  describeSource(`source: ${defect}:`, {
    offers: ['deletes', 'lookup', 'enumerate', 'scopes', 'partitions'],
    missingKey: 'nobody',
    async open() {
      const bench = await openModelSource({ partitions: true, scopes: true });
      let opened = 0;
      const broken = (source: typeof bench.source) => ({ ...source, ...breakIt(source, ++opened) });
      return {
        ...bench,
        source: broken(bench.source),
        reopen: async () => broken(await bench.reopen()),
      };
    },
  });
}

const soundDestinations = { sound: () => ({}), 'sound, decided at once': () => ({}) };
for (const [defect, breakIt] of Object.entries<BreakDestination>({
  ...soundDestinations,
  ...brokenDestinations,
})) {
  const atOnce = decidedAtOnce.has(defect);
  describeDestination(`destination: ${defect}:`, {
    offers: [...(atOnce ? [] : (['confirm'] as const)), 'inventory', 'readBack', 'search'],
    poison,
    maxPolls: 6,
    async open() {
      const mode = atOnce ? 'immediate' : 'accepting';
      const bench = await openModelDestination({ mode, pieceLength: 40 });
      let opened = 0;
      const broken = (destination: Destination): Destination =>
        Object.create(
          destination,
          Object.getOwnPropertyDescriptors(breakIt(destination, ++opened)),
        ) as Destination;
      return {
        ...bench,
        destination: broken(bench.destination),
        reopen: async (options) => broken(await bench.reopen(options)),
      };
    },
  });
}
