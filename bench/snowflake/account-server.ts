import { startSnowflakeEmulator } from '../../connectors/snowflake/emulator/index.ts';
import type { Json } from '../../core/contract/json.ts';

/**
 * An emulated account with one table of ten columns, in a process of its own, without limits.
 * `node bench/snowflake/account-server.ts <rows>`; says its settings over the IPC channel.
 */
const rows = Number(process.argv[2]);
const plans = ['Free', 'Team', 'Business', 'Enterprise'];
const start = Date.UTC(2026, 0, 1);

const row = (index: number): Record<string, Json> => ({
  ID: index,
  ACCOUNT: `001EM${String(index % 50_000).padStart(10, '0')}`,
  PLAN: plans[index % 4]!,
  MONTH: `2025-${String(1 + (index % 12)).padStart(2, '0')}-01`,
  SEATS: index % 5000,
  REVENUE: `${index % 100_000}.50`,
  IS_ACTIVE: index % 3 > 0,
  NOTE: `Asked about the rollout in the quarter ${index % 40} and wants the threshold raised.`,
  DETAIL: { channel: index % 7, trial: false },
  UPDATED_AT: new Date(start + index * 10).toISOString(),
});

const { env } = await startSnowflakeEmulator({
  tables: [
    {
      name: 'BENCH.MART.USAGE',
      key: ['ID'],
      columns: [
        { name: 'ID', type: 'integer', nullable: false },
        { name: 'ACCOUNT', type: 'text' },
        { name: 'PLAN', type: 'text' },
        { name: 'MONTH', type: 'date' },
        { name: 'SEATS', type: 'integer' },
        { name: 'REVENUE', type: 'number', scale: 2 },
        { name: 'IS_ACTIVE', type: 'boolean' },
        { name: 'NOTE', type: 'long-text' },
        { name: 'DETAIL', type: 'json' },
        { name: 'UPDATED_AT', type: 'timestamp', nullable: false },
      ],
      rows: Array.from({ length: rows }, (_, index) => row(index)),
    },
  ],
  limits: false,
});
process.on('disconnect', () => process.exit(0));
process.send!({ env });
