import type { Log, LogFields } from '../contract/context.ts';
import { oneLine } from './format.ts';
import { createPalette, wantsColor } from './palette.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export interface LogOptions {
  /** The least important level that is written; `silent` writes nothing. */
  readonly level?: LogLevel | 'silent';
  /** `text` for people, `json` (one object a line) for machines. */
  readonly format?: 'text' | 'json';
  /** Takes one line, without its end; stderr when absent. */
  readonly write?: (line: string) => void;
  /** Secret values: masked wherever they occur, in messages and fields. Read anew for each line. */
  readonly redact?: readonly string[];
  readonly colors?: boolean;
  readonly now?: () => number;
}

const order = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 } as const;

/** A log that never throws, never holds a known secret and never breaks a line. */
export function createLog(options: LogOptions = {}): Log {
  const least = order[options.level ?? 'info'];
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const format = options.format === 'json' ? toJson : createTextFormat(options);
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (order[level] < least) return;
      try {
        const mask = createMask(options.redact ?? []);
        const kept: Record<string, string | number | boolean> = {};
        for (const [name, value] of Object.entries(fields)) {
          if (value !== undefined) kept[name] = maskValue(value, mask);
        }
        const time = new Date(options.now?.() ?? Date.now()).toISOString();
        write(format({ time, level, message: mask(String(message)), fields: kept }));
      } catch {
        // A log line is never worth a run.
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Replaces every known secret by `***`: as it is, percent-encoded, as Base64, and line by line (private keys). */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.trim() !== '')
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      JSON.stringify(secret).slice(1, -1),
      ...secret.split(/\r?\n/).filter((line) => line.length >= 16),
    ])
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  return (text) => forms.reduce((masked, form) => masked.replaceAll(form, '***'), text);
}

interface Line {
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

function maskValue(
  value: string | number | boolean,
  mask: (text: string) => string,
): string | number | boolean {
  const text = String(value);
  const masked = mask(text);
  return masked === text && typeof value !== 'bigint' && typeof value !== 'object' ? value : masked;
}

const toJson = ({ time, level, message, fields }: Line): string =>
  JSON.stringify({ ...fields, time, level, message });

function createTextFormat(options: LogOptions): (line: Line) => string {
  const { dim, red, yellow, cyan } = createPalette(
    options.colors ?? (options.write === undefined && wantsColor(process.stderr)),
  );
  const plain = (text: string): string => text;
  const paint = { debug: dim, info: cyan, warn: yellow, error: red } as const;
  return ({ time, level, message, fields }) => {
    const shown = Object.entries(fields).map(
      ([name, value]) => dim(`${name}=`) + quoted(oneLine(String(value))),
    );
    const tone = level === 'error' ? red : plain;
    return [dim(time.slice(11, 19)), paint[level](level.padEnd(5)), tone(oneLine(message)), ...shown].join(
      ' ',
    );
  };
}

const quoted = (text: string): string => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text));
