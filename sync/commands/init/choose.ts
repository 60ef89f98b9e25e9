import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CliIo } from '../io.ts';

export interface Choice {
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly namespace: string;
}

const everything = 'all';

/** Asks for what the command line left open. Questions go to stderr, so that stdout keeps the result alone. */
export async function askForChoice(
  io: CliIo,
  given: Partial<Choice>,
  offered: { readonly sources: readonly string[]; readonly destinations: readonly string[] },
): Promise<Choice> {
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      io.stderr.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input: io.stdin, output });
  const ask = async (question: string, fallback: string, accept: (answer: string) => string | undefined) => {
    for (;;) {
      const answer = (await lines.question(`${question} [${fallback}] `, { signal: io.signal })).trim();
      const problem = accept(answer === '' ? fallback : answer);
      if (problem === undefined) return answer === '' ? fallback : answer;
      io.stderr.write(`  ${problem}\n`);
    }
  };
  const several = async (what: string, names: readonly string[]): Promise<readonly string[]> => {
    const split = (answer: string): readonly string[] =>
      answer === everything ? names : answer.split(/[\s,]+/).filter((name) => name !== '');
    const answer = await ask(`${what}: ${names.join(', ')}?`, everything, (text) => {
      const unknown = split(text).find((name) => !names.includes(name));
      return unknown === undefined ? undefined : `${unknown} is none of: ${names.join(', ')}`;
    });
    return split(answer);
  };
  try {
    return {
      sources: given.sources ?? (await several('Which sources', offered.sources)),
      destinations: given.destinations ?? (await several('Which destinations', offered.destinations)),
      namespace:
        given.namespace ??
        (await ask('Your company, in one word? It begins every document id.', 'acme', namespaceProblem)),
    };
  } finally {
    lines.close();
  }
}

export const namespaceProblem = (name: string): string | undefined =>
  /^[a-z][a-z0-9_-]{0,62}$/.test(name)
    ? undefined
    : 'lower case please: letters, digits, - and _, starting with a letter';
