import { describeSource } from '../../../core/testing/conformance/source-suite.ts';
import type { Source, Stream } from '../../../core/contract/source.ts';
import { openBench, streamOf, usageRow, usageTable } from './bench.ts';

const ways: readonly (readonly [
  how: string,
  options: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, number>>,
  key: readonly string[],
  type?: string,
])[] = [
  ['by a timestamp', { cursor: 'UPDATED_AT' }, { pageSize: 3 }, ['ID']],
  ['by a timestamp in small statements', { cursor: 'UPDATED_AT' }, { pageSize: 2, statementRows: 3 }, ['ID']],
  ['by a timestamp without a zone', { cursor: 'UPDATED_AT' }, { pageSize: 3 }, ['ID'], 'TIMESTAMP_NTZ(6)'],
  ['by a local timestamp', { cursor: 'UPDATED_AT' }, { pageSize: 3 }, ['ID'], 'TIMESTAMP_LTZ(9)'],
  ['by a date', { cursor: 'MONTH' }, { pageSize: 2, statementRows: 4 }, ['ID']],
  ['by comparing buckets', {}, { pageSize: 4, statementRows: 5 }, ['ID']],
  ['by comparing few buckets', { buckets: 2 }, { pageSize: 1, statementRows: 1 }, ['ID']],
  ['by its change history', { changes: 'changes' }, { pageSize: 2, statementRows: 3 }, ['ID']],
  [
    'by the change history of a part',
    { changes: 'changes', where: 'USERS > 0' },
    { pageSize: 2, statementRows: 4 },
    ['MONTH', 'ID'],
  ],
  [
    'in part by a timestamp',
    { cursor: 'UPDATED_AT', where: 'USERS > 0' },
    { pageSize: 2, statementRows: 4 },
    ['ID'],
  ],
  ['by a key of two columns', { cursor: 'UPDATED_AT' }, { pageSize: 3, statementRows: 3 }, ['MONTH', 'ID']],
];

for (const [how, options, settings, key, type = 'TIMESTAMP_TZ(9)'] of ways) {
  const keyOf = (id: number): string => (key.length === 1 ? String(id) : `2026-01-15|${id}`);
  describeSource(`Snowflake, read ${how},`, {
    offers: [
      'lookup',
      'enumerate',
      'scopes',
      ...(options['changes'] === 'changes' ? (['deletes'] as const) : []),
      ...('statementRows' in settings && options['cursor'] !== 'MONTH' ? (['partitions'] as const) : []),
    ],
    missingKey: keyOf(999_999),
    open: async () => {
      const rows = Array.from({ length: 11 }, (_, index) => ({
        id: index + 1,
        minutesAgo: 600 - 10 * Math.floor(index / 3),
        month: '2026-01-15',
      }));
      const bench = await openBench([{ ...usageTable(rows), key }], {
        types: { 'SALES.MART.USAGE': { UPDATED_AT: type } },
        changeTracking: options['changes'] === 'changes' ? ['SALES.MART.USAGE'] : [],
      });
      const { warehouse } = bench.emulator;
      const rowKey = (text: string): (string | number)[] =>
        text.split('|').map((part) => (part.includes('-') ? part : Number(part)));
      let next = 100;
      let users = 1000;
      const connect = async (): Promise<Source> => (await bench.connect(settings)) as Source;
      return {
        source: await connect(),
        stream: streamOf('SALES.MART.USAGE', ['ID', 'USERS', 'MONTH'], { key, ...options }) as Stream,
        keys: rows.map(({ id }) => keyOf(id)),
        insert: async () => {
          const id = ++next;
          const minutesAgo = (Date.UTC(2026, 0, 15, 12) - bench.clock.now()) / 60_000;
          warehouse.insert('SALES.MART.USAGE', usageRow(id, minutesAgo, '2026-01-15'));
          return keyOf(id);
        },
        update: async (text) => {
          const stamp = new Date(bench.clock.now()).toISOString();
          warehouse.update('SALES.MART.USAGE', rowKey(text), { USERS: ++users, UPDATED_AT: stamp });
          return { USERS: users };
        },
        remove: async (text) => warehouse.remove('SALES.MART.USAGE', rowKey(text)),
        later: async () => bench.clock.advance(5 * 60_000),
        reopen: connect,
        close: bench.close,
      };
    },
  });
}
