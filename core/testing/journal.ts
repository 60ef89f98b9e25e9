import { appendFileSync, closeSync, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { Json } from '../contract/json.ts';

/** Changes as JSON lines in a file, one write each: what a killed process had done can be read by the next one. */
export interface Journal {
  append(change: Json): void;
  /** The whole lines that were added since the last call, by whichever process. */
  news(): readonly Json[];
}

/** Opens or creates the file. A line torn by a kill is closed and passed over: it never happened. */
export function openJournal(path: string): Journal {
  if (existsSync(path)) {
    const content = readFileSync(path);
    if (content.length > 0 && content.at(-1) !== 10) appendFileSync(path, '\n');
  } else appendFileSync(path, '', { mode: 0o600 });
  let offset = 0;
  return {
    append: (change) => appendFileSync(path, `${JSON.stringify(change)}\n`),
    news() {
      const added = statSync(path).size - offset;
      if (added <= 0) return [];
      const bytes = Buffer.alloc(added);
      const file = openSync(path, 'r');
      const length = readSync(file, bytes, 0, added, offset);
      closeSync(file);
      const end = bytes.subarray(0, length).lastIndexOf(10) + 1;
      offset += end;
      return bytes.toString('utf8', 0, end).split('\n').flatMap(parse);
    },
  };
}

function parse(line: string): Json[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as Json];
  } catch {
    return [];
  }
}
