import type { RunEvent } from './events.ts';
import {
  noDestinationCounts,
  noStreamCounts,
  type DestinationCounts,
  type Problem,
  type StreamCounts,
} from './report.ts';

export interface StreamProgress {
  readonly name: string;
  counts: StreamCounts;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  error: Problem | undefined;
}
export interface DestinationProgress {
  readonly name: string;
  counts: DestinationCounts;
  /** Documents still to write, delete or confirm; undefined before the first batch. */
  open: number | undefined;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  problem: Problem | undefined;
}
/** Where a run stands, as its events tell. */
export interface RunProgress {
  readonly streams: Map<string, StreamProgress>;
  readonly destinations: Map<string, DestinationProgress>;
  readonly kinds: Map<string, { composed: number; left: number }>;
  finished: boolean;
}

export const noProgress = (): RunProgress => ({
  streams: new Map(),
  destinations: new Map(),
  kinds: new Map(),
  finished: false,
});

export function streamOf(progress: RunProgress, name: string): StreamProgress {
  const found = progress.streams.get(name) ?? {
    name,
    counts: noStreamCounts(),
    startedAt: undefined,
    finishedAt: undefined,
    error: undefined,
  };
  progress.streams.set(name, found);
  return found;
}

export function destinationOf(progress: RunProgress, name: string): DestinationProgress {
  const found = progress.destinations.get(name) ?? {
    name,
    counts: noDestinationCounts(),
    open: undefined,
    startedAt: undefined,
    finishedAt: undefined,
    problem: undefined,
  };
  progress.destinations.set(name, found);
  return found;
}

/** Takes one event in. */
export function advance(progress: RunProgress, event: RunEvent, now: number): void {
  switch (event.type) {
    case 'run-started':
      for (const name of event.streams) streamOf(progress, name);
      for (const name of event.destinations) destinationOf(progress, name);
      return;
    case 'stream-started':
      streamOf(progress, event.stream).startedAt = now;
      return;
    case 'page-pulled':
    case 'stream-finished': {
      const stream = streamOf(progress, event.stream);
      stream.counts = { ...event.counts };
      stream.startedAt ??= now;
      if (event.type === 'page-pulled') return;
      stream.finishedAt = now;
      stream.error = event.error;
      return;
    }
    case 'documents-composed':
      progress.kinds.set(event.kind, { composed: event.composed, left: event.left });
      return;
    case 'batch-published': {
      const destination = destinationOf(progress, event.destination);
      destination.counts = { ...event.counts };
      destination.open = event.open;
      destination.startedAt ??= now;
      destination.finishedAt = event.open === 0 ? now : undefined;
      return;
    }
    case 'destination-halted':
      destinationOf(progress, event.destination).problem = event.problem;
      return;
    case 'run-finished':
      finish(progress, event, now);
      return;
  }
}

function finish(
  progress: RunProgress,
  { report }: Extract<RunEvent, { type: 'run-finished' }>,
  now: number,
): void {
  progress.finished = true;
  for (const one of report.streams) {
    const stream = streamOf(progress, one.stream);
    Object.assign(stream, { counts: one, error: one.error ?? stream.error });
    stream.finishedAt ??= now;
    stream.startedAt = stream.finishedAt - one.seconds * 1000;
  }
  for (const one of report.destinations) {
    const destination = destinationOf(progress, one.destination);
    const { pending, deferred, staged } = one;
    Object.assign(destination, { counts: one, problem: one.error ?? destination.problem });
    Object.assign(destination, { open: pending + deferred + staged, finishedAt: now });
    destination.startedAt = now - one.seconds * 1000;
  }
}
