import { describe, expect, it } from 'vitest';
import type { Page } from '../../core/contract/source.ts';
import type { ModelSource } from '../../core/testing/index.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { accountsClose, bodies, createScenario } from '../sync/scenario.ts';

/** A source that shows the pages of its first reads of accounts again, after whatever a later read shows. */
function createRepeating(): (crm: ModelSource) => ModelSource['connector'] {
  const earlier: Page<never>[] = [];
  return (crm) => ({
    ...crm.connector,
    async create(config, context) {
      const source = await crm.connector.create(config, context);
      return {
        ...source,
        async *read(request) {
          if (request.stream.name !== 'Account') return yield* source.read(request);
          const again = [...earlier];
          for await (const page of source.read(request)) {
            const { cursor: _cursor, ...rest } = page;
            earlier.push(rest);
            yield page;
          }
          yield* again;
        },
      };
    },
  });
}

describe('a page that began before a change and arrives after it', () => {
  it.each([{ versions: true }, { versions: false }])(
    'neither brings a deleted record back nor undoes a change (records with versions: $versions)',
    async ({ versions }) => {
      const scenario = createScenario({ source: { versions }, wrapCrm: createRepeating() });
      try {
        await scenario.sync();
        scenario.clock.advance(60_000);
        scenario.crm.remove('Account', 'a1');
        scenario.crm.patch('Account', 'a2', { Name: 'Birch renamed' });
        const report = await scenario.sync();
        expect(accountsClose(report)).toEqual([]);
        const accounts = report.streams.find((one) => one.stream === 'crm.Account')!;
        expect(accounts).toMatchObject({ deleted: 1, changed: 1, new: 0 });
        expect(accounts.older).toBeGreaterThanOrEqual(2);
        const expected = expectedBodies(scenario);
        expect(Object.keys(expected).sort()).toEqual(['a2', 'a3']);
        for (const plane of [scenario.left, scenario.right]) expect(bodies(plane)).toEqual(expected);
      } finally {
        scenario.end();
      }
    },
  );
});
