import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatPath, isSection } from './path.ts';
import type { Path } from './path.ts';
import type { Problems } from './problems.ts';
import { nearest } from './suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** How a value that did not stand in the file itself came about. */
export interface Origin {
  /** `${NAME}` or `file:path`: fit for messages, without defaults and without the value. */
  readonly shown: string;
  /** The whole value is one reference and the file holds no default for it: nothing of it stands in the file. */
  readonly isWhole: boolean;
  /** Absolute, where the value is a file's text. */
  readonly file?: string;
}
export interface Resolved {
  readonly value: unknown;
  /** By path. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Paths whose reference leads nowhere: reported already, so no other problem is looked for there. */
  readonly unresolved: ReadonlySet<string>;
}

const reference = /(\$?)\$\{(?!\{)(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?/g;
const maxFileBytes = 1_048_576;

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `file:path`. `$${` stands for `${`. A key whose whole value is
 * `${NAME:-}` is left out when NAME is not set, so that one file serves with and without an optional setting.
 */
export async function resolveReferences(
  value: unknown,
  context: { readonly environment: Environment; readonly folder: string; readonly problems: Problems },
): Promise<Resolved> {
  const { environment, problems } = context;
  const origins = new Map<string, Origin>();
  const unresolved = new Set<string>();
  const names = Object.keys(environment);

  const resolveText = async (text: string, path: Path): Promise<string | undefined> => {
    const key = formatPath(path);
    const fail = (message: string, hint: string) => {
      unresolved.add(key);
      problems.atValue(path, message, hint);
    };
    const shown: string[] = [];
    let hasDefault = false;
    const replaced = text.replaceAll(reference, (found, dollar: string, name?: string, fallback?: string) => {
      if (dollar !== '') return found.slice(1);
      if (name === undefined) {
        fail(
          '`${` does not begin a reference',
          'write ${NAME} or ${NAME:-default}; $${ stands for ${ itself',
        );
        return found;
      }
      shown.push(`\${${name}}`);
      hasDefault ||= fallback !== undefined && fallback !== '';
      const given = environment[name];
      if (given !== undefined && given !== '') return given;
      if (fallback !== undefined) return fallback;
      const near = given === undefined ? nearest(name, names) : undefined;
      const what = given === undefined ? 'is not set' : 'is empty';
      const how = 'set it, or add it to .env beside the configuration';
      fail(
        `environment variable ${name} ${what}`,
        near === undefined ? how : `did you mean ${near}? Or ${how}`,
      );
      return found;
    });
    if (unresolved.has(key)) return text;
    if (text.startsWith('file:')) {
      const content = await readReferenced(replaced.slice('file:'.length), fail);
      const file = resolve(context.folder, replaced.slice('file:'.length));
      origins.set(key, { shown: shown.length === 0 ? text : 'file:…', isWhole: true, file });
      return content ?? text;
    }
    if (shown.length === 0) return replaced;
    const isOne = /^\$\{[^}]*\}$/.test(text);
    if (isOne && replaced === '') return undefined;
    origins.set(key, { shown: shown.join(' '), isWhole: isOne && !hasDefault });
    return replaced;
  };

  /** One line break at the end is the editor's, not the value's. */
  const readReferenced = async (path: string, fail: (message: string, hint: string) => void) => {
    const hint = `the path starts from the configuration's folder`;
    try {
      const file = resolve(context.folder, path);
      const { size } = await stat(file);
      if (size <= maxFileBytes)
        return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '').replace(/\r?\n$/, '');
      fail('the file is larger than 1 MiB', 'name the right file');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
      const reason = code === 'ENOENT' ? 'there is no such file' : `the file cannot be read (${code})`;
      fail(reason, hint);
    }
    return undefined;
  };

  const walk = async (current: unknown, path: Path): Promise<unknown> => {
    if (typeof current === 'string') return resolveText(current, path);
    if (Array.isArray(current)) {
      const items: unknown[] = [];
      for (const [index, item] of current.entries()) items.push((await walk(item, [...path, index])) ?? '');
      return items;
    }
    if (!isSection(current)) return current;
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(current)) {
      const replaced = await walk(item, [...path, key]);
      if (replaced !== undefined) result[key] = replaced;
    }
    // A section of which nothing is left goes too, so that optional settings may be grouped.
    const isLeftOut = Object.keys(current).length > 0 && Object.keys(result).length === 0;
    return isLeftOut ? undefined : result;
  };

  return { value: (await walk(value, [])) ?? {}, origins, unresolved };
}
