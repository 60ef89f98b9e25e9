import type { Registry } from '../../core/config/config.ts';
import type { LogLevel } from '../../core/observe/log.ts';

/** What a command writes to: `process.stdout` has this shape, and so has a list of texts in a test. */
export interface CliStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** Everything a command touches of the process it runs in. Its exit code is what it returns. */
export interface CliIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Results, and nothing else. */
  readonly stdout: CliStream;
  /** Progress, logs and errors. */
  readonly stderr: CliStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted (with `stopReason`) when the command is to stop: what is under way is finished, nothing new is begun. */
  readonly signal: AbortSignal;
  /** The connectors that a configuration may name; those that come with Tributary when absent. */
  readonly registry?: Registry;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config: string;
  readonly json?: boolean;
  readonly logLevel?: LogLevel | 'silent';
  readonly logFormat: 'text' | 'json';
  readonly progress: boolean;
}

/** Writes a command's one JSON document. */
export const writeJson = (io: CliIo, value: unknown): void =>
  void io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** Writes a text that ends with exactly one line break. */
export const writeText = (io: CliIo, text: string): void => void io.stdout.write(`${text.trimEnd()}\n`);

/** JSON with every text in it masked; its structure stays, whatever a secret looks like. */
export function maskStrings(value: unknown, mask: (text: string) => string): unknown {
  return JSON.parse(JSON.stringify(value), (_key, item: unknown) =>
    typeof item === 'string' ? mask(item) : item,
  );
}
