import { exitCodes, stopReason } from './exit-codes.ts';

/** What is under way gets so long to finish; schedulers of containers kill after 30 seconds. */
const patienceMs = 20_000;

/**
 * Aborted by the first SIGINT or SIGTERM: what is under way is finished and written down. The process ends at once at a
 * second one, and when a service lets it wait too long: either is like a crash, which the next run recovers from.
 */
export function stopOnSignals(waitMs = patienceMs): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const code = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
      if (controller.signal.aborted) process.exit(code);
      process.stderr.write(`\n${signal}: finishing what is under way; once more ends at once\n`);
      controller.abort(stopReason(signal));
      setTimeout(() => {
        process.stderr.write('A service does not answer. Ended; the next run asks what became of it.\n');
        process.exit(code);
      }, waitMs);
    });
  }
  return controller.signal;
}
