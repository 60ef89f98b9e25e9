import type { Context, Log, LogFields } from '../contract/context.ts';
import type { TestClock } from './clock.ts';

/** A log that keeps its lines, so that a test can say what must and must not stand in them. */
export interface RecordingLog extends Log {
  readonly lines: {
    readonly level: string;
    readonly message: string;
    readonly fields: LogFields | undefined;
  }[];
}

export function createRecordingLog(): RecordingLog {
  const lines: RecordingLog['lines'] = [];
  const at = (level: string) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A context for running one connector alone: real clock unless a test clock is given, cache in memory. */
export function createTestContext(
  options: { name?: string; clock?: TestClock; log?: Log; signal?: AbortSignal } = {},
): Context {
  const caches = new Map<string, Map<string, Uint8Array>>();
  return {
    name: options.name ?? 'test',
    signal: options.signal ?? new AbortController().signal,
    log: options.log ?? createRecordingLog(),
    now: options.clock?.now ?? Date.now,
    sleep: options.clock?.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    installation: 'test-installation',
    cache(name) {
      const entries = caches.get(name) ?? new Map<string, Uint8Array>();
      caches.set(name, entries);
      return {
        get: async (key) => entries.get(key),
        set: async (key, value) => void entries.set(key, value),
      };
    },
  };
}
