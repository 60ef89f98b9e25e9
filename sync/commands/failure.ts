import { isInvalidConfig } from '../../core/config/problems.ts';
import { createPalette, wantsColor } from '../../core/observe/palette.ts';
import type { Problem } from '../../core/observe/report.ts';
import { toProblem } from '../problem.ts';
import { problemsExitCode, stoppedExitCode } from './exit-codes.ts';
import { maskStrings, writeJson, type CliIo } from './io.ts';

/** Says why a command ended, in the way of who reads it, and answers with the exit code. A person's mistake shows no stack. */
export function reportFailure(
  error: unknown,
  io: CliIo,
  options: { readonly json?: boolean | undefined; readonly mask?: (text: string) => string },
): number {
  const stopped = stoppedExitCode(io.signal);
  const problem = problemOf(error);
  const mask = options.mask ?? ((text: string): string => text);
  if (stopped !== undefined && problem.code === 'STOPPED') {
    if (options.json) writeJson(io, { error: problem });
    io.stderr.write('Stopped. The next run goes on from here.\n');
    return stopped;
  }
  const problems = isInvalidConfig(error) ? error.problems : undefined;
  if (options.json) {
    const shown = { ...problem, ...(problems ? { problems } : {}) };
    writeJson(io, maskStrings({ error: shown }, mask));
  }
  io.stderr.write(mask(`${explain(error, problem, wantsColor(io.stderr, io.env))}\n`));
  return problemsExitCode([problem]);
}

/** A problem that the operating system found in a file is a person's to solve, not a bug. */
function problemOf(error: unknown): Problem {
  const problem = toProblem(error);
  if (problem.next !== 'bug' || !(error instanceof Error)) return problem;
  const { code, path } = error as Error & { code?: string; path?: string };
  const fault = code === undefined ? undefined : fileFaults[code];
  if (fault === undefined) return problem;
  return { code: 'FILE_UNUSABLE', message: fault, ...(path ? { where: path } : {}), next: 'act' };
}

const fileFaults: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'this is a folder, not a file',
};

function explain(error: unknown, problem: Problem, colors: boolean): string {
  const { bold, dim, red } = createPalette(colors);
  if (problem.next === 'bug') {
    const stack = error instanceof Error ? (error.stack ?? problem.message) : problem.message;
    return [
      `${red('error:')} ${bold('this is a bug in Tributary')}`,
      stack,
      '  → Please report it with these lines; no data is lost: the next run goes on.',
    ].join('\n');
  }
  const hint = problem.hint ?? (problem.next === 'wait' ? 'try again later' : undefined);
  const tail = hint === undefined ? [] : [`  → ${hint}`];
  if (isInvalidConfig(error)) {
    const lines = error.problems.map(({ file, line, column, path, message, hint: remedy }) => {
      const what = path === '' ? message : `${path}: ${message}`;
      const advice = remedy === undefined ? [] : [`      → ${remedy}`];
      return [`  ${bold(`${file}:${line}:${column}`)}`, `      ${what}`, ...advice].join('\n');
    });
    const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
    return [`${red('error:')} the configuration has ${count}`, ...lines, ...tail].join('\n');
  }
  const where = problem.where === undefined ? [] : [dim(`  at ${problem.where}`)];
  return [`${red('error:')} ${problem.message} ${dim(`(${problem.code})`)}`, ...where, ...tail].join('\n');
}
