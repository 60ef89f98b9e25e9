import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../house/source-files.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves once standard output matches, rejects when the command ends before. */
  output(pattern: RegExp): Promise<string>;
}

/** Starts `tributary …` as a process of its own, without the variables of this one that it might take for its own. */
export function startCommand(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(AWS|AZURE|SALESFORCE|SNOWFLAKE|BEDROCK|VITEST|NODE_ENV|FORCE_COLOR)/.test(name),
  );
  const child = spawn(process.execPath, [join(root, 'sync', 'cli.ts'), ...argv], {
    cwd: options.cwd ?? root,
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers: (() => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const look of [...watchers]) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    finished,
    output: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (pattern.test(stdout)) resolve(stdout);
        };
        watchers.push(look);
        look();
        void finished.then(() => reject(new Error(`ended without ${pattern}: ${stdout}${stderr}`)));
      }),
  };
}

export const runCommand = (...given: Parameters<typeof startCommand>): Promise<Finished> =>
  startCommand(...given).finished;

/** A folder of one's own for temporary files, so that what a command leaves behind is seen. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tributary-journey-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
