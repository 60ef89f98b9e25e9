import type { RunEvent } from './events.ts';
import { formatCount, formatMany, formatSeconds, oneLine } from './format.ts';
import { createPalette, wantsColor } from './palette.ts';
import { progressLines } from './progress-lines.ts';
import { advance, noProgress } from './progress-state.ts';
import type { DestinationReport, Problem } from './report.ts';

export interface ProgressOptions {
  /** Where it is shown: a terminal is redrawn in place, anything else gets a plain line at each turning point. */
  readonly stream: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly colors?: boolean;
  readonly now?: () => number;
  /** Repeats an action until the function returned is called; real time when absent. */
  readonly every?: (ms: number, action: () => void) => () => void;
}

/** An observer that shows a run. It never holds the process open and never throws into the run. */
export interface Progress {
  (event: RunEvent): void;
  /** Writes a line above the bars: for a log that shares the terminal. */
  print(line: string): void;
  /** Leaves the bars as they stand; for a run that ends without its last event. */
  close(): void;
}

const frameMs = 100;
const plainEveryMs = 10_000;
/** So many bad records or documents are named one by one; the report counts them all. */
const namedProblems = 5;

export function createProgress(options: ProgressOptions): Progress {
  const now = options.now ?? Date.now;
  const terminal = options.isTTY ?? options.stream.isTTY === true;
  const show = terminal ? createBars(options, now) : createLines(options, now);
  const notes = createNotes(show.print);
  const observe = (event: RunEvent): void => {
    try {
      notes(event);
      show.observe(event);
    } catch {
      // What a person sees of a run never stops it.
    }
  };
  return Object.assign(observe, { print: show.print, close: show.close });
}

interface View {
  observe(event: RunEvent): void;
  print(line: string): void;
  close(): void;
}

function createBars(options: ProgressOptions, now: () => number): View {
  const { stream } = options;
  const palette = createPalette(options.colors ?? wantsColor({ isTTY: true }));
  let progress = noProgress();
  let drawn = 0;
  let drawnAt = -Infinity;
  let stop: (() => void) | undefined;

  const draw = (above = '', last = false): void => {
    const columns = options.columns ?? stream.columns ?? 80;
    const rows = last ? Infinity : Math.max(2, (stream.rows ?? 24) - 1);
    const lines = progressLines(progress, { now: now(), columns, rows, palette });
    const up = drawn > 0 ? `\x1b[${drawn}A\r` : '';
    const fresh = above === '' ? '' : `${above.replaceAll('\n', '\x1b[K\n')}\x1b[K\n`;
    const clear = drawn > 0 ? '\x1b[J' : '';
    stream.write(`${up}${fresh}${lines.map((line) => `${line}\x1b[K\n`).join('')}${clear}`);
    drawn = lines.length;
    drawnAt = now();
  };
  const tick = (): void => {
    if (now() - drawnAt >= frameMs) draw();
  };
  const close = (): void => {
    if (!stop) return;
    stop();
    stop = undefined;
    draw('', true);
    drawn = 0;
  };
  return {
    observe(event) {
      if (event.type === 'run-started') {
        close();
        progress = noProgress();
        stop = (options.every ?? everyReal)(frameMs, tick);
      }
      advance(progress, event, now());
      if (event.type === 'run-finished') close();
      else if (stop) tick();
    },
    print: (line) => (stop ? draw(line) : void stream.write(`${line}\n`)),
    close,
  };
}

function everyReal(ms: number, action: () => void): () => void {
  const timer = setInterval(action, ms);
  timer.unref();
  return () => clearInterval(timer);
}

function createLines({ stream }: ProgressOptions, now: () => number): View {
  const print = (line: string): void => void stream.write(`${line}\n`);
  const saidAt = new Map<string, number>();
  const sometimes = (about: string, line: () => string): void => {
    const before = saidAt.get(about);
    saidAt.set(about, before ?? now());
    if (before === undefined || now() - before < plainEveryMs) return;
    saidAt.set(about, now());
    print(line());
  };
  const started = new Map<string, number>();
  const observe = (event: RunEvent): void => {
    switch (event.type) {
      case 'run-started':
        saidAt.clear();
        started.clear();
        return;
      case 'stream-started':
        return void started.set(event.stream, now());
      case 'page-pulled':
        return sometimes(
          event.stream,
          () => `${event.stream}: ${formatCount(event.counts.read)} read so far`,
        );
      case 'stream-finished': {
        if (event.error) return;
        const { read, new: added, changed, deleted } = event.counts;
        const seconds = (now() - (started.get(event.stream) ?? now())) / 1000;
        const found = `${formatCount(added)} new, ${formatCount(changed)} changed, ${formatCount(deleted)} deleted`;
        return print(`${event.stream}: ${formatCount(read)} read (${found}) in ${formatSeconds(seconds)}`);
      }
      case 'documents-composed':
        return sometimes(`kind ${event.kind}`, () => {
          return `${event.kind}: ${formatMany(event.composed, 'document')} composed, ${formatCount(event.left)} to go`;
        });
      case 'batch-published':
        return sometimes(`destination ${event.destination}`, () => {
          const { written, deleted } = event.counts;
          const done = `${formatCount(written)} written, ${formatCount(deleted)} deleted`;
          return `${event.destination}: ${done}, ${formatCount(event.open)} to go`;
        });
      case 'run-finished':
        for (const destination of event.report.destinations) print(destinationLine(destination));
        return;
    }
  };
  return { observe, print, close: () => {} };
}

function destinationLine(one: DestinationReport): string {
  const done = `${formatCount(one.written)} written, ${formatCount(one.deleted)} deleted`;
  const rest = `${formatCount(one.unchanged)} unchanged, ${formatCount(one.held)} held`;
  return `${one.destination}: ${done}, ${rest} after ${formatSeconds(one.seconds)}`;
}

/** Lines about what needs attention: at once, each thing once, and not more than a person reads. */
function createNotes(print: (line: string) => void): (event: RunEvent) => void {
  const counts = new Map<string, number>();
  const limited = (about: string, line: string): void => {
    const count = (counts.get(about) ?? 0) + 1;
    counts.set(about, count);
    if (count <= namedProblems) print(oneLine(line));
    else if (count === namedProblems + 1) print(`${about}: and more like these; the report counts them`);
  };
  const stopped = (at: string, problem: Problem): void => {
    const hint = problem.hint === undefined ? '' : ` → ${problem.hint}`;
    print(oneLine(`${at}: stopped: ${problem.message} (${problem.code})${hint}`));
  };
  return (event) => {
    switch (event.type) {
      case 'run-started':
        return counts.clear();
      case 'stream-finished':
        if (event.error) stopped(event.stream, event.error);
        return;
      case 'destination-halted':
        return stopped(event.destination, event.problem);
      case 'step-started':
        return print(oneLine(event.step));
      case 'load-estimated': {
        const documents = formatMany(event.documents, 'document');
        const time = formatSeconds(event.seconds);
        const road = event.road ?? `at the pace it allows, about ${time}`;
        return print(`${event.destination}: ${documents} to write; ${road}`);
      }
      case 'record-quarantined':
        return limited(
          event.stream,
          `${event.stream} ${event.key ?? '(no key)'}: quarantined: ${event.reason}`,
        );
      case 'document-rejected':
        return limited(event.destination, `${event.destination} ${event.id}: rejected: ${event.reason}`);
      case 'kind-waiting':
        if (counts.has(`kind ${event.kind}`)) return;
        counts.set(`kind ${event.kind}`, 1);
        return print(oneLine(`${event.kind}: waits for ${event.streams.join(', ')}`));
    }
  };
}
