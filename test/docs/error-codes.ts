import { codeFiles } from '../house/source-files.ts';

/** Calls that make an error or a refusal from a code: the constructor and the helpers in front of it. */
const makers = /\b(new ConfigError|refuse|config|fileError|rejected|fail|failure)\(/g;
const code = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g;
const property = /\bcode: '([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/g;

/** Every code that the product can show to a person, with the files that make it. */
export function errorCodes(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const files = codeFiles().filter(
    ({ path }) =>
      /^(core|connectors|sync)\//.test(path) &&
      !path.includes('/emulator/') &&
      !/^core\/testing\/(model-|conformance\/)/.test(path),
  );
  for (const { path, text } of files) {
    const note = (name: string): void => {
      const paths = found.get(name) ?? [];
      found.set(name, paths.includes(path) ? paths : [...paths, path]);
    };
    for (const call of text.matchAll(makers)) {
      for (const argument of firstArguments(text, call.index + call[0].length)) {
        for (const [, name = ''] of argument.matchAll(code)) note(name);
      }
    }
    for (const [, name = ''] of text.matchAll(property)) note(name);
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The texts of the first three arguments of a call; a code stands among them, a message may hold anything. */
function firstArguments(text: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < Math.min(text.length, start + 400) && found.length < 3; at++) {
    const character = text[at]!;
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) {
      if (depth-- > 0) continue;
      found.push(text.slice(from, at));
      return found;
    } else if (character === ',' && depth === 0) {
      found.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return found;
}
