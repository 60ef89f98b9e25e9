import { z, type ZodType } from 'zod';
import type { DestinationConnector } from '../../../core/contract/destination.ts';
import type { SourceConnector } from '../../../core/contract/source.ts';
import type { DestinationStarter, EnvironmentVariable, SourceStarter } from './starters.ts';

/** For a connector that `init` has no words of its own for: what its schema requires, as references to the environment. */
export function genericSource({ type, config }: SourceConnector): SourceStarter {
  return {
    ...settingsOf(type, config),
    examples: [{ name: 'example', key: ['id'], cursors: [], fields: [{ name: 'id', type: 'string' }] }],
    helpers: [],
    omits: () => false,
    streamSettings: () => [],
  };
}

export const genericDestination = ({ type, config }: DestinationConnector): DestinationStarter => ({
  ...settingsOf(type, config),
  plane: 'stateless',
});

function settingsOf(type: string, config: ZodType) {
  const schema = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, { description?: string }>;
    required?: readonly string[];
  };
  const environment = (schema.required ?? []).map((key): EnvironmentVariable => ({
    name: `${type}_${key}`
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .replace(/\W/g, '_')
      .toUpperCase(),
    comment: schema.properties?.[key]?.description ?? key,
  }));
  const settings = (schema.required ?? []).map((key, index) => `${key}: \${${environment[index]!.name}}`);
  return { name: type.toLowerCase().replace(/[^a-z0-9_-]/g, '-'), settings: () => settings, environment };
}
