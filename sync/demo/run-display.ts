import type { Observer } from '../../core/observe/events.ts';
import { createProgress } from '../../core/observe/progress.ts';
import type { CliStream } from '../commands/io.ts';

export interface RunDisplay {
  readonly observe: Observer;
  /** Writes a line beside what is shown. */
  print(line: string): void;
  /** Takes the bars away: the tables that follow say the same and more. */
  clear(): void;
}

/** Shows a run while it works: bars in a terminal, elsewhere only what takes long or needs attention. */
export function createRunDisplay(
  stream: CliStream,
  options: { readonly progress: boolean; readonly signal: AbortSignal },
): RunDisplay {
  const print = (line: string): void => void stream.write(`${line}\n`);
  if (!options.progress) return { observe: () => undefined, print, clear: () => undefined };
  if (stream.isTTY !== true) {
    const lines = createProgress({ stream });
    const observe: Observer = (event) => {
      if (options.signal.aborted) return;
      if (event.type === 'run-finished' || (event.type === 'stream-finished' && !event.error)) return;
      lines(event);
    };
    return { observe, print, clear: () => undefined };
  }
  let height = 0;
  const bars = createProgress({
    stream: {
      write(text) {
        height = text.split('\n').length - 1;
        stream.write(text);
      },
      isTTY: true,
      ...(stream.columns === undefined ? {} : { columns: stream.columns }),
      ...(stream.rows === undefined ? {} : { rows: stream.rows }),
    },
  });
  return {
    // Who has stopped it knows that it stops.
    observe: (event) => (options.signal.aborted ? undefined : bars(event)),
    print: bars.print,
    clear() {
      bars.close();
      if (height > 0) stream.write(`\x1b[${height}A\r\x1b[J`);
      height = 0;
    },
  };
}
