import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatMany, formatSeconds } from '../../core/observe/format.ts';
import { createLog } from '../../core/observe/log.ts';
import { wantsColor } from '../../core/observe/palette.ts';
import { showServices } from '../demo/act-services.ts';
import { createSourceClock } from '../demo/clock.ts';
import { lendEnvironment } from '../demo/environment.ts';
import { createExpectations } from '../demo/expectations.ts';
import { readInput, shortPath } from '../demo/input.ts';
import { openTributary } from '../demo/open-tributary.ts';
import type { DemoReport } from '../demo/report.ts';
import { createRunDisplay } from '../demo/run-display.ts';
import { createScreen, type Screen } from '../demo/screen.ts';
import { startServices } from '../demo/services.ts';
import { playStory } from '../demo/story.ts';
import { toProblem } from '../problem.ts';
import type { Tributary } from '../tributary.ts';
import { exitCodes, problemsExitCode, stoppedExitCode } from './exit-codes.ts';
import { writeJson, type CliIo, type GlobalOptions } from './io.ts';

export interface DemoOptions extends GlobalOptions {
  readonly data?: string;
  readonly scale?: number;
  readonly seed?: number;
  readonly question?: string;
  readonly keep?: boolean;
}

/** The whole story on this machine. Exit code 0 only when everything that it promises was found to hold. */
export async function runDemo(options: DemoOptions, io: CliIo): Promise<number> {
  const startedAt = performance.now();
  const screen = createScreen({
    stream: options.json ? undefined : io.stdout,
    colors: wantsColor(io.stdout, io.env),
  });
  const display = createRunDisplay(io.stderr, { progress: options.progress, signal: io.signal });
  const expectations = createExpectations();
  const clock = createSourceClock();
  const input = await readInput({ ...options, cwd: io.cwd });
  const services = await startServices({ ...input, now: clock.now });
  const giveBack = lendEnvironment(services.env);
  const folder = await mkdtemp(join(tmpdir(), 'tributary-demo-'));
  let tributary: Tributary | undefined;
  try {
    const shownPath = shortPath(input.configPath, io.cwd);
    tributary = await openTributary({
      configPath: input.configPath,
      shownPath,
      env: services.env,
      folder,
      registry: io.registry,
      createLog: (redact) =>
        createLog({
          level: options.logLevel ?? 'warn',
          format: options.logFormat,
          redact,
          colors: options.logFormat === 'text' && wantsColor(io.stderr, io.env),
          write: (line) => display.print(line),
        }),
      observe: display.observe,
      signal: io.signal,
    });
    showServices(screen, services, input, shownPath);
    const stage = {
      input,
      services,
      clock,
      tributary,
      screen,
      display,
      expectations,
      signal: io.signal,
    };
    const story = await playStory(stage, options);
    const report: DemoReport = {
      ok: expectations.list.every((one) => one.holds),
      seconds: Math.round(performance.now() - startedAt) / 1000,
      ...story,
      expectations: expectations.list,
      ...(options.keep ? { kept: folder } : {}),
    };
    if (options.json) writeJson(io, report);
    else showEnd(screen, report, options, io);
    if (report.ok) return exitCodes.ok;
    return problemsExitCode(story.checked.map((one) => one.problem)) || exitCodes.rejections;
  } catch (error) {
    if (!io.signal.aborted) throw error;
    if (options.json) writeJson(io, { error: toProblem(error) });
    io.stderr.write('Stopped; nothing is left behind.\n');
    return stoppedExitCode(io.signal) ?? exitCodes.interrupted;
  } finally {
    display.clear();
    await tributary?.close();
    await services.close();
    giveBack();
    if (!options.keep) await rm(folder, { recursive: true, force: true });
  }
}

function showEnd(screen: Screen, report: DemoReport, options: DemoOptions, io: CliIo): void {
  const { bold, cyan, dim, green, red } = screen.palette;
  const failed = report.expectations.filter((one) => !one.holds);
  const time = formatSeconds(report.seconds);
  // From a clone, npm runs it: nothing is on the path.
  const byNpm = io.env['npm_lifecycle_event'] !== undefined;
  const say = (command: string, option = ''): string => {
    if (!byNpm) return `tributary ${command} ${option}`;
    return command === 'demo' ? `npm run demo -- ${option}` : `npm run tributary -- ${command} ${option}`;
  };
  screen.write(`\n${dim('─'.repeat(screen.columns))}\n`);
  if (failed.length === 0) {
    const count = formatMany(report.expectations.length, 'expectation');
    screen.write(`${green('✓')} ${bold(`All ${count} held, in ${time}.`)}`);
  } else {
    screen.write(
      `${red('✗')} ${bold(`${formatMany(failed.length, 'expectation')} did not hold, after ${time}:`)}`,
    );
    for (const one of failed) screen.judge(one);
  }
  if (report.kept !== undefined) screen.write(`The catalog was kept: ${report.kept}`);
  const own = options.data === undefined;
  const next: readonly (readonly [string, string])[] = [
    ...(own ? [[say('demo', '--data <folder>'), 'the same on your own CSV files'] as const] : []),
    [say('emulate'), 'these services alone, to develop against'],
    [say('init'), 'a configuration for your own accounts'],
  ];
  screen.write('');
  for (const [command, what] of next) screen.write(`${cyan(command.padEnd(35))}${what}`);
}
