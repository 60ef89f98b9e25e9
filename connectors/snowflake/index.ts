import { defineSource } from '../../core/contract/define.ts';
import { snowflakeConfig, snowflakeStream, type SnowflakeConfig, type SnowflakeStream } from './config.ts';
import type { SnowflakeCursor } from './cursor.ts';

/** Snowflake tables and views as a source. The driver is loaded with the first statement. */
export const snowflake = defineSource<SnowflakeConfig, SnowflakeStream, SnowflakeCursor>({
  type: 'snowflake',
  title: 'Snowflake',
  config: snowflakeConfig,
  stream: snowflakeStream,
  create: async (config, context) => (await import('./source.ts')).createSnowflakeSource(config, context),
});
