import { formatPath, type Path } from '../config/path.ts';
import { ConfigError } from '../contract/errors.ts';
import type { TemplateProblem } from './template-fields.ts';

/** Something in the configuration of a kind that a person must correct. */
export interface KindProblem {
  readonly code: 'TEMPLATE_UNKNOWN_FIELD' | 'KIND_INVALID';
  /** `kinds.account.body`, for `Config.locate`. */
  readonly path: string;
  /** A place within that text, from 1: the second argument of `Config.locate`. */
  readonly inside?: { readonly line: number; readonly column: number };
  readonly message: string;
  readonly hint?: string;
}

/** Thrown by `compileKind`, with everything that is wrong with the kind. */
export type InvalidKind = ConfigError & { readonly problems: readonly KindProblem[] };

export interface KindProblems {
  readonly list: readonly KindProblem[];
  add(path: Path, message: string, hint?: string): void;
  addTemplate(path: Path, problems: readonly TemplateProblem[]): void;
}

export function collectKindProblems(): KindProblems {
  const list: KindProblem[] = [];
  const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });
  return {
    list,
    add: (path, message, hint) =>
      void list.push({ code: 'KIND_INVALID', path: formatPath(path), message, ...hinted(hint) }),
    addTemplate(path, problems) {
      for (const { code, line, column, message, hint } of problems) {
        list.push({
          code: code === 'TEMPLATE_UNKNOWN_FIELD' ? code : 'KIND_INVALID',
          path: formatPath(path),
          inside: { line, column },
          message,
          ...hinted(hint),
        });
      }
    },
  };
}

export function invalidKind(name: string, problems: readonly KindProblem[]): InvalidKind {
  const lines = problems.map(({ path, inside, message, hint }) => {
    const place = inside === undefined ? path : `${path} line ${inside.line}`;
    return `${place}: ${message}${hint === undefined ? '' : `; ${hint}`}`;
  });
  const onlyFields = problems.every((problem) => problem.code === 'TEMPLATE_UNKNOWN_FIELD');
  const error = new ConfigError(onlyFields ? 'TEMPLATE_UNKNOWN_FIELD' : 'KIND_INVALID', lines.join('\n'), {
    where: problems[0]?.path ?? formatPath(['kinds', name]),
    hint: 'correct the configuration and run `tributary check`',
  });
  return Object.assign(error, { problems });
}

export const isInvalidKind = (error: unknown): error is InvalidKind =>
  error instanceof ConfigError && ['TEMPLATE_UNKNOWN_FIELD', 'KIND_INVALID'].includes(error.code);
