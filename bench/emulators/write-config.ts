import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Workload = 'joined' | 'one-to-one';

/** Requests that may be under way to a destination, for the engine and for the loops alike. */
export const inFlight = { bedrock: 50, azure: 4 };

/**
 * The root connectors.config.yaml with the pace of both destinations set free, in a folder that will also hold the
 * catalog. `one-to-one` replaces its kinds by those beside this file.
 */
export function writeConfig(folder: string, workload: Workload): string {
  const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
  const root = read('../../connectors.config.yaml')
    .replace(
      /type: bedrock-knowledge-base\n/,
      `$&    requestsPerSecond: 100000\n    inFlight: ${inFlight.bedrock}\n`,
    )
    .replace(
      /type: azure-ai-search\n/,
      `$&    batch: { requestsPerSecond: 1000, maxInFlight: ${inFlight.azure} }\n`,
    );
  const text =
    workload === 'joined' ? root : root.slice(0, root.search(/^kinds:/m)) + read('one-to-one-kinds.yaml');
  const path = join(folder, 'connectors.config.yaml');
  writeFileSync(path, text);
  return path;
}
