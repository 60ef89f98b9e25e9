import type { Path } from '../config/path.ts';
import type { AccessRule } from '../config/schema.ts';
import type { Access } from '../contract/document.ts';
import type { KindProblems } from './problems.ts';
import type { TemplateNode } from './template-fields.ts';
import { compileWhole, type View, type WholeTemplate } from './templates.ts';

/** An access rule made ready: who may read a record. */
export interface AccessReader {
  /** Undefined when it cannot be decided: a principal would be empty or incomplete. */
  readonly decide: (view: View) => Access | undefined;
  /** It reads parts of the record, not its own fields alone. */
  readonly needsParts: boolean;
}

/** Compiles a rule; `use` is told every field that it reads. Undefined when there were problems. */
export function compileAccess(
  rule: AccessRule,
  node: TemplateNode,
  path: Path,
  problems: KindProblems,
  use: (nodePath: string, field: string) => void,
): AccessReader | undefined {
  if ('everyone' in rule) {
    const everyone: Access = { everyone: true, reason: rule.everyone };
    return { decide: () => everyone, needsParts: false };
  }
  let needsParts = false;
  const compileList = (list: 'allow' | 'deny'): WholeTemplate['render'][] | undefined => {
    const templates = rule[list].map((text, at) => {
      const compiled = compileWhole(text, node);
      if ('problems' in compiled) return problems.addTemplate([...path, list, at], compiled.problems);
      for (const [nodePath, fields] of compiled.template.fields) {
        needsParts ||= nodePath !== node.path;
        for (const field of fields) use(nodePath, field);
      }
      return compiled.template.render;
    });
    return templates.some((render) => render === undefined)
      ? undefined
      : (templates as WholeTemplate['render'][]);
  };
  const allow = compileList('allow');
  const deny = compileList('deny');
  if (!allow || !deny) return undefined;
  if (![...rule.allow, ...rule.deny].some((text) => text.includes('{{'))) {
    const fixed: Access = { allow: principals(rule.allow), deny: principals(rule.deny) };
    const decided = fixed.allow.includes('') || fixed.deny.includes('') ? undefined : fixed;
    return { decide: () => decided, needsParts };
  }
  return {
    needsParts,
    decide(view) {
      const allowed = renderAll(allow, view);
      const denied = renderAll(deny, view);
      return allowed && denied && { allow: principals(allowed), deny: principals(denied) };
    },
  };
}

function renderAll(templates: readonly WholeTemplate['render'][], view: View): string[] | undefined {
  const rendered: string[] = [];
  for (const render of templates) {
    const principal = render(view);
    if (principal === undefined) return undefined;
    rendered.push(principal);
  }
  return rendered;
}

/** Sorted and each once, so that one audience has one form. */
const principals = (list: readonly string[]): readonly string[] =>
  list.length < 2 ? list.map((one) => one.trim()) : [...new Set(list.map((one) => one.trim()))].sort();

/** Who may read both. Everyone gives way to any list; of two lists, what both allow, without what either denies. */
export function intersectAccess(own: Access, other: Access): Access {
  if ('everyone' in other) return own;
  if ('everyone' in own) return other;
  const allowed = new Set(other.allow);
  return {
    allow: own.allow.filter((principal) => allowed.has(principal)),
    deny: principals([...own.deny, ...other.deny]),
  };
}

/** Whom both rules let read. Undecided where one of them is. */
export function bothMayRead(one: AccessReader, other: AccessReader): AccessReader {
  return {
    needsParts: one.needsParts || other.needsParts,
    decide(view) {
      const own = one.decide(view);
      const theirs = other.decide(view);
      return own && theirs && intersectAccess(own, theirs);
    },
  };
}

/** Whether showing something that only `part` may read would take readers away from `own`. */
export function narrows(own: Access, part: Access): boolean {
  if (own === part || 'everyone' in part) return false;
  if ('everyone' in own) return true;
  return (
    own.allow.some((principal) => !part.allow.includes(principal)) ||
    part.deny.some((principal) => !own.deny.includes(principal))
  );
}
