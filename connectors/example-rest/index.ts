import { defineSource } from '../../core/contract/index.ts';
import {
  exampleRestConfig,
  exampleRestStream,
  type ExampleRestConfig,
  type ExampleRestStream,
} from './config.ts';
import type { ExampleRestCursor } from './source.ts';

/** Articles of a small service. What `create` needs is loaded when the connector is first used. */
export const exampleRestSource = defineSource<ExampleRestConfig, ExampleRestStream, ExampleRestCursor>({
  type: 'example-rest',
  title: 'Example REST',
  config: exampleRestConfig,
  stream: exampleRestStream,
  create: async (config, context) => (await import('./source.ts')).createExampleRestSource(config, context),
});
