import { ConfigError } from '../contract/errors.ts';
import { formatPath, parentOf } from './path.ts';
import type { Path } from './path.ts';

/** A place in a file; line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a configuration. Never holds a secret. */
export interface ConfigProblem extends Location {
  /** `sources.crm.auth.clientId`; empty when the file as a whole is meant. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A `ConfigError` with code CONFIG_INVALID: its message has one line per problem, in the order of the file. */
export type InvalidConfig = ConfigError & { readonly problems: readonly ConfigProblem[] };

export const isInvalidConfig = (error: unknown): error is InvalidConfig =>
  error instanceof ConfigError && error.code === 'CONFIG_INVALID' && 'problems' in error;

/** `file:12:5 path: message; hint` */
export function formatProblem(problem: ConfigProblem): string {
  const where = `${problem.file}:${problem.line}:${problem.column}`;
  const what = problem.path === '' ? problem.message : `${problem.path}: ${problem.message}`;
  const line = `${where} ${what}${problem.hint === undefined ? '' : `; ${problem.hint}`}`;
  return line.replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, ' ');
}

export function invalidConfig(problems: readonly ConfigProblem[]): InvalidConfig {
  const inOrder = [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()].sort(
    (one, other) => one.line - other.line || one.column - other.column,
  );
  const first = inOrder[0];
  const error = new ConfigError('CONFIG_INVALID', inOrder.map(formatProblem).join('\n'), {
    hint: 'correct the configuration and run `tributary check`',
    ...(first === undefined ? {} : { where: `${first.file}:${first.line}:${first.column}` }),
  });
  return Object.assign(error, { problems: inOrder });
}

/** Where a key and its value stand in the file. */
export interface Mark {
  readonly key: Location | undefined;
  /** Where a single value begins; undefined for sections and lists, which are shown by their key. */
  readonly value: Location | undefined;
  /** Set when the value's own lines can be told apart in the file: a place inside it → a place in the file. */
  readonly inside?: (place: { readonly line: number; readonly column: number }) => Location;
}

/** Collects everything that is wrong, so that a person sees it all at once. */
export interface Problems {
  readonly list: readonly ConfigProblem[];
  readonly marks: Map<string, Mark>;
  /** A problem with the value at the path, or with its absence: then the enclosing section is shown. */
  atValue(path: Path, message: string, hint?: string): void;
  atKey(path: Path, message: string, hint?: string): void;
  at(location: Location, path: string, message: string, hint?: string): void;
  locate(path: string, prefer?: 'key' | 'value'): Location;
}

export function createProblems(file: string): Problems {
  const list: ConfigProblem[] = [];
  const marks = new Map<string, Mark>();
  const locate = (path: string, prefer: 'key' | 'value' = 'value'): Location => {
    for (let current = path; current !== ''; current = parentOf(current)) {
      const mark = marks.get(current);
      const exact = current === path && prefer === 'value';
      const location = exact ? (mark?.value ?? mark?.key) : (mark?.key ?? mark?.value);
      if (location !== undefined) return location;
    }
    return { file, line: 1, column: 1 };
  };
  const add = (location: Location, path: string, message: string, hint?: string) => {
    list.push({ ...location, path, message, hint });
  };
  return {
    list,
    marks,
    locate,
    at: add,
    atValue: (path, message, hint) => add(locate(formatPath(path)), formatPath(path), message, hint),
    atKey: (path, message, hint) => add(locate(formatPath(path), 'key'), formatPath(path), message, hint),
  };
}
