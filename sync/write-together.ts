import { setImmediate as nextTurn } from 'node:timers/promises';

type Entry = readonly [key: string, value: Uint8Array];

/** What is set in one turn of the event loop is written at once: a commit for each entry costs several times as much. */
export function writeTogether(
  write: (entries: readonly Entry[]) => void,
): (key: string, value: Uint8Array) => Promise<void> {
  let entries: Entry[] = [];
  let written: Promise<void> | undefined;
  return (key, value) => {
    entries.push([key, value]);
    return (written ??= nextTurn().then(() => {
      const all = entries;
      entries = [];
      written = undefined;
      write(all);
    }));
  };
}
