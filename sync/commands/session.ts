import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { parse as parseDotenv } from 'dotenv';
import { loadConfig } from '../../core/config/load-config.ts';
import { secretsOf } from '../../core/config/redact.ts';
import type { Log } from '../../core/contract/context.ts';
import { createLog, createMask, type LogLevel } from '../../core/observe/log.ts';
import { wantsColor } from '../../core/observe/palette.ts';
import { createProgress, type Progress } from '../../core/observe/progress.ts';
import { createTributary, type Tributary } from '../tributary.ts';
import { reportFailure } from './failure.ts';
import { maskStrings, writeJson, writeText, type CliIo, type CliStream, type GlobalOptions } from './io.ts';

/** What a command works with once the configuration is read. */
export interface Session {
  readonly tributary: Tributary;
  readonly log: Log;
  /** Whether results on stdout are coloured. */
  readonly colors: boolean;
  /** The command's one JSON document. No secret of the configuration stands in it, nor in what else is written here. */
  writeJson(value: unknown): void;
  writeText(text: string): void;
  /** A run's report, apart from the bars above it when both stand in one terminal. */
  writeReport(text: string): void;
}
export interface SessionNeeds {
  /** Shows runs as they happen. */
  readonly progress?: boolean;
  /** Log level unless the command line names one. */
  readonly level?: LogLevel;
}

/** Reads the configuration, does the work, closes everything, and turns whatever went wrong into an exit code. */
export async function withSession(
  options: GlobalOptions,
  io: CliIo,
  needs: SessionNeeds,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const secrets: string[] = [];
  const mask = (text: string): string => createMask(secrets)(text);
  let progress: Progress | undefined;
  let tributary: Tributary | undefined;
  try {
    const registry = io.registry ?? (await import('../../connectors/index.ts')).registry;
    const path = configPath(options, io);
    const config = await loadConfig(path, registry, { env: await environmentFor(path, io) });
    secrets.push(...secretsOf(config).filter((secret) => secret.length >= shortestSecret));
    if (needs.progress && options.progress) progress = createProgress({ stream: masked(io.stderr, mask) });
    const log = createLog({
      level: options.logLevel ?? needs.level ?? 'warn',
      format: options.logFormat,
      redact: secrets,
      colors: options.logFormat === 'text' && wantsColor(io.stderr, io.env),
      write: (line) => (progress ? progress.print(line) : void io.stderr.write(`${line}\n`)),
    });
    tributary = await createTributary({
      config,
      registry,
      log,
      signal: io.signal,
      ...(progress ? { observe: progress } : {}),
    });
    const gap = progress && io.stdout.isTTY && io.stderr.isTTY ? '\n' : '';
    return await work({
      tributary,
      log,
      colors: wantsColor(io.stdout, io.env),
      writeJson: (value) => writeJson(io, maskStrings(value, mask)),
      writeText: (text) => writeText(io, mask(text)),
      writeReport: (text) => writeText(io, gap + mask(text)),
    });
  } catch (error) {
    progress?.close();
    return reportFailure(error, io, { json: options.json, mask });
  } finally {
    progress?.close();
    await tributary?.close();
  }
}

/** Shorter ones would hide half of every word, and protect nothing. */
const shortestSecret = 4;

/** A stream that secrets cannot pass; it goes on telling how wide it is. */
const masked = (stream: CliStream, mask: (text: string) => string): CliStream =>
  Object.create(stream, { write: { value: (text: string) => stream.write(mask(text)) } }) as CliStream;

/** As short as it can be said from where the process stands, since every problem names it. */
export function configPath(options: Pick<GlobalOptions, 'config'>, io: CliIo): string {
  const absolute = resolve(io.cwd, options.config);
  const short = relative(process.cwd(), absolute);
  return short.startsWith('..') ? absolute : short;
}

/**
 * The environment with `.env` beside the configuration filled in; what is set already stays. Vendors' SDKs look for
 * their own variables (`AWS_…`, `AZURE_…`) in the process, so they are set there when it is the process' environment.
 */
export async function environmentFor(path: string, io: CliIo): Promise<CliIo['env']> {
  const text = await readFile(join(dirname(path), '.env')).catch(() => '');
  const written = parseDotenv(text);
  if (io.env !== process.env) return { ...written, ...io.env };
  for (const [name, value] of Object.entries(written)) process.env[name] ??= value;
  return process.env;
}
