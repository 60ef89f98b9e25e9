import type { Config, StreamConfig } from '../core/config/config.ts';
import { invalidConfig, type ConfigProblem } from '../core/config/problems.ts';
import { compileKind, isInvalidKind, type Kind } from '../core/documents/index.ts';

export type Systems = Parameters<typeof compileKind>[2]['systems'];

/** Compiles every kind; what is wrong with any of them is told at once, by its place in the file. */
export function compileKinds(config: Config, systems: Systems): Map<string, Kind> {
  const streams: Record<string, StreamConfig> = {};
  for (const source of Object.values(config.sources))
    for (const stream of Object.values(source.streams)) streams[stream.id] = stream;
  const kinds = new Map<string, Kind>();
  const problems: ConfigProblem[] = [];
  for (const [name, kindConfig] of Object.entries(config.kinds)) {
    try {
      kinds.set(name, compileKind(name, kindConfig, { namespace: config.namespace, streams, systems }));
    } catch (error) {
      const { locate } = config;
      if (!isInvalidKind(error) || !locate) throw error;
      for (const { path, inside, message, hint } of error.problems) {
        problems.push({ ...locate(path, inside), path, message, ...(hint === undefined ? {} : { hint }) });
      }
    }
  }
  if (problems.length > 0) throw invalidConfig(problems);
  return kinds;
}

/** Finds what is wrong with the kinds without asking any source who it is. */
export function checkKinds(config: Config): void {
  const unknown = Object.values(config.sources).map((source) => [
    source.name,
    { system: source.connector.type, instance: 'unknown', link: () => undefined },
  ]);
  compileKinds(config, Object.fromEntries(unknown) as Systems);
}
