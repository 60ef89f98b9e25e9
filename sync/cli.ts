#!/usr/bin/env node
import { CommanderError } from 'commander';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodes, stoppedExitCode } from './commands/exit-codes.ts';
import type { CliIo } from './commands/io.ts';
import { keepMemorySmall } from './commands/memory.ts';
import { createProgram } from './commands/program.ts';
import { stopOnSignals } from './commands/stop-on-signals.ts';

export type { CliIo, CliStream, GlobalOptions } from './commands/io.ts';

/** Runs one command line, without the program's own name, and answers with its exit code. Never throws. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(io, (result) => (code = result));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return stoppedExitCode(io.signal) ?? code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.act;
    const { reportFailure } = await import('./commands/failure.ts');
    return reportFailure(error, io, { json: program.opts<{ json?: boolean }>().json });
  }
}

async function main(): Promise<void> {
  keepMemorySmall();
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const code = await runCli(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: stopOnSignals(),
  });
  // Not a word is lost in a pipe, and no connection that an SDK keeps holds the process open.
  process.stdout.write('', () => process.exit(code));
}

const isMain =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) await main();
