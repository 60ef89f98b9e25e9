import type { Json } from '../../../core/contract/json.ts';
import type { Page, Source, Stream } from '../../../core/contract/source.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import { createRecordingLog, createTestContext, type RecordingLog } from '../../../core/testing/context.ts';
import type { Table } from '../../../core/testing/table.ts';
import {
  snowflakeConfig,
  snowflakeStream,
  type SnowflakeConfig,
  type SnowflakeStream,
} from '../../../connectors/snowflake/config.ts';
import type { SnowflakeCursor } from '../../../connectors/snowflake/cursor.ts';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
  type SnowflakeEmulatorOptions,
} from '../../../connectors/snowflake/emulator/index.ts';
import { snowflake } from '../../../connectors/snowflake/index.ts';

export type SnowflakeSource = Source<SnowflakeStream, SnowflakeCursor>;
export type SnowflakePage = Page<SnowflakeCursor>;

export interface Bench {
  readonly emulator: SnowflakeEmulator;
  readonly clock: TestClock;
  readonly log: RecordingLog;
  /** A source over the account; settings replace those of the emulator's environment. */
  connect(settings?: Readonly<Record<string, unknown>>): Promise<SnowflakeSource>;
  close(): Promise<void>;
}

/** A log-in and settings as they would stand in connectors.config.yaml. */
export function settingsFor(
  emulator: SnowflakeEmulator,
  settings: Readonly<Record<string, unknown>> = {},
): SnowflakeConfig {
  const { env } = emulator;
  return snowflakeConfig.parse({
    account: env['SNOWFLAKE_ACCOUNT'],
    accessUrl: env['SNOWFLAKE_ACCESS_URL'],
    user: env['SNOWFLAKE_USER'],
    role: env['SNOWFLAKE_ROLE'],
    warehouse: env['SNOWFLAKE_WAREHOUSE'],
    database: env['SNOWFLAKE_DATABASE'],
    schema: env['SNOWFLAKE_SCHEMA'],
    auth: { privateKey: env['SNOWFLAKE_PRIVATE_KEY'] },
    // Tests count statements: those of the accounts are asked for where they are the subject.
    costs: false,
    ...settings,
  });
}

export async function openBench(
  tables: readonly Table[],
  options: Partial<SnowflakeEmulatorOptions> = {},
): Promise<Bench> {
  const clock = createTestClock();
  const log = createRecordingLog();
  const emulator = await startSnowflakeEmulator({ tables, now: clock.now, ...options });
  const open: SnowflakeSource[] = [];
  return {
    emulator,
    clock,
    log,
    async connect(settings) {
      const source = await snowflake.create(
        settingsFor(emulator, settings),
        createTestContext({ name: 'warehouse', log }),
      );
      open.push(source as SnowflakeSource);
      return source as SnowflakeSource;
    },
    async close() {
      for (const source of open) await source.close?.();
      await emulator.close();
    },
  };
}

export const streamOf = (
  name: string,
  fields: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Stream<SnowflakeStream> => ({ name, fields, options: snowflakeStream.parse(options) });

export async function readAll(
  source: SnowflakeSource,
  stream: Stream<SnowflakeStream>,
  from?: SnowflakeCursor,
): Promise<SnowflakePage[]> {
  return collect(source.read({ stream, from, signal: new AbortController().signal }));
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export const statementsWith = (
  { emulator }: Pick<Bench, 'emulator'>,
  text: string,
): SnowflakeEmulator['statements'] => emulator.statements.filter((one) => one.sqlText.includes(text));

export const keysOf = (pages: readonly SnowflakePage[]): string[] =>
  pages.flatMap((page) => page.records.map((record) => record.key));
export const lastCursor = (pages: readonly SnowflakePage[]): SnowflakeCursor => pages.at(-1)!.cursor!;

/** An instant `seconds` after the bench's clock begins to run. */
export const instant = (seconds: number): string =>
  new Date(Date.UTC(2026, 0, 15, 12) + seconds * 1000).toISOString();

/** Usage per account and month; `minutesAgo` says when each row was last changed. */
export function usageTable(
  rows: readonly { id: number | null; minutesAgo: number | null; month?: string }[],
): Table {
  return {
    name: 'SALES.MART.USAGE',
    comment: 'Product use per account.',
    key: ['ID'],
    columns: [
      { name: 'ID', type: 'integer', comment: 'Row number.' },
      { name: 'MONTH', type: 'date' },
      { name: 'USERS', type: 'integer', comment: 'Active users.' },
      { name: 'UPDATED_AT', type: 'timestamp' },
    ],
    rows: rows.map(({ id, minutesAgo, month }) => usageRow(id, minutesAgo, month)),
  };
}
export const usageRow = (
  id: number | null,
  minutesAgo: number | null,
  month = '2026-01-01',
): Readonly<Record<string, Json>> => ({
  ID: id,
  MONTH: month,
  USERS: 10,
  UPDATED_AT: minutesAgo === null ? null : instant(-minutesAgo * 60),
});
export const usage = streamOf('usage', ['ID', 'USERS'], {
  table: 'SALES.MART.USAGE',
  key: ['ID'],
  cursor: 'UPDATED_AT',
});
