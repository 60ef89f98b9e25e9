import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProcessUsage } from './note-usage.ts';

export interface ProcessResult extends ProcessUsage {
  readonly exitCode: number;
  /** From start to end of the process, loading its modules included. */
  readonly wallMs: number;
  readonly stdout: string;
}

/** Runs a program of this repository with Node and says what it took. */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly nodeFlags?: readonly string[] },
): Promise<ProcessResult> {
  const usagePath = join(tmpdir(), `tributary-bench-usage-${process.pid}.json`);
  const preload = new URL('note-usage.ts', import.meta.url).href;
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...(options.nodeFlags ?? []),
      '--import',
      preload,
      fileURLToPath(new URL(`../../${program}`, import.meta.url)),
      ...args,
    ],
    { env: { ...process.env, ...options.env, BENCH_USAGE: usagePath }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const [exitCode] = (await once(child, 'close')) as [number];
  const wallMs = Math.round(performance.now() - start);
  const usage = JSON.parse(readFileSync(usagePath, 'utf8')) as ProcessUsage;
  rmSync(usagePath);
  return { exitCode, wallMs, ...usage, stdout: Buffer.concat(chunks).toString('utf8') };
}
