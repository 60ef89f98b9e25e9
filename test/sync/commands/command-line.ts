import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../../../sync/cli.ts';
import type { CliIo } from '../../../sync/cli.ts';
import { createScenario, type ScenarioOptions } from '../scenario.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A process of its own for each command, over the registry of a scenario; nothing real but the files. */
export async function say(argv: readonly string[], io: Partial<CliIo> & { cwd: string }): Promise<Said> {
  const out: string[] = [];
  const error: string[] = [];
  const code = await runCli(argv, {
    stdin: Readable.from([]),
    stdout: { write: (text) => void out.push(text), columns: 80 },
    stderr: { write: (text) => void error.push(text), columns: 80 },
    env: {},
    signal: new AbortController().signal,
    ...io,
  });
  return { code, out: out.join(''), error: error.join('') };
}

/** A scenario whose configuration stands in a file, and the command line in its folder. */
export function createCommandLine(options: ScenarioOptions = {}) {
  const scenario = createScenario(options);
  const configure = (yaml: string): void =>
    writeFileSync(join(scenario.folder, 'connectors.config.yaml'), yaml);
  configure(`catalog: { path: catalog.sqlite }\n${scenario.yaml}`);
  const io = { cwd: scenario.folder, registry: scenario.registry };
  return {
    ...scenario,
    configure,
    say: (...argv: string[]): Promise<Said> => say(argv, io),
    sayWith: (more: Partial<CliIo>, ...argv: string[]): Promise<Said> => say(argv, { ...io, ...more }),
    /** What a command with `--json` answers. */
    async ask(...argv: string[]): Promise<{ code: number; json: Answer; error: string }> {
      const { code, out, error } = await say([...argv, '--json'], io);
      return { code, json: JSON.parse(out) as Answer, error };
    },
  };
}
export type CommandLine = ReturnType<typeof createCommandLine>;
/** Looked into by tests with matchers. */
export type Answer = Readonly<Record<string, unknown>>;
