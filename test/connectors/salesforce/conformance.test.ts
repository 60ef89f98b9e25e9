import { describeSource } from '../../../core/testing/conformance/source-suite.ts';
import type { Source, Stream } from '../../../core/contract/source.ts';
import { accountId, accountsTable, accounts, openOrg, streamOf } from './bench.ts';

for (const [how, options, settings, method] of [
  ['by pages of its own', {}, { pageSize: 3 }, 'rest'],
  ['by locators inside a page', { pageSize: 2 }, { pageSize: 5 }, 'auto'],
  ['by bulk jobs', { bulkPartRows: 4 }, { pageSize: 3 }, 'bulk'],
  ['first by REST and then by a job', { bulkPartRows: 4 }, { pageSize: 3, bulkFrom: 4 }, 'auto'],
  ['first in ranges of ids', {}, { pageSize: 3, partitionRecords: 4, lookback: '0s' }, 'auto'],
] as const) {
  const stream = streamOf(accounts.name, accounts.fields, { method });
  describeSource(`Salesforce, read ${how},`, {
    offers: [
      'deletes',
      'lookup',
      'enumerate',
      ...('partitionRecords' in settings ? (['partitions'] as const) : []),
    ],
    missingKey: accountId(999_999),
    open: async () => {
      const bench = await openOrg([accountsTable(11)], options);
      const { org } = bench.emulator;
      const connect = async () => (await bench.connect(settings)) as Source;
      let revenue = 1000;
      return {
        source: await connect(),
        stream: stream as Stream,
        keys: Array.from({ length: 11 }, (_, index) => accountId(index + 1)),
        insert: async () => org.insert('Account', { Name: 'New', AnnualRevenue: 1, Active__c: true }),
        update: async (key) => {
          org.update('Account', key, { AnnualRevenue: ++revenue });
          return { AnnualRevenue: revenue };
        },
        remove: async (key) => org.remove('Account', key),
        later: async () => bench.clock.advance(5 * 60_000),
        reopen: connect,
        close: () => bench.emulator.close(),
      };
    },
  });
}
