import { suggestion } from '../config/suggest.ts';
import { templateHelpers } from './template-helpers.ts';

/** What a template may name at one node of a kind. */
export interface TemplateNode {
  /** As in `KindNode`. */
  readonly path: string;
  readonly stream: string;
  readonly one: boolean;
  /** The allow-list of the stream. */
  readonly fields: ReadonlySet<string>;
  readonly children: ReadonlyMap<string, TemplateNode>;
}

export interface TemplateProblem {
  readonly code: 'TEMPLATE_UNKNOWN_FIELD' | 'TEMPLATE_INVALID';
  /** Within the template; both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface TemplateCheck {
  /** By the path of a node: the fields that the template reads from it. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
  /** Helpers and blocks that it calls. */
  readonly helpers: ReadonlySet<string>;
  readonly problems: readonly TemplateProblem[];
}

/** What a path leads to: a record, a list of them, or a value below a field, whose shape is not known. */
type Target = { readonly is: 'record' | 'list'; readonly node: TemplateNode } | { readonly is: 'value' };
interface Scope {
  /** The innermost context first, as `../` counts them. */
  readonly contexts: readonly Target[];
  readonly named: ReadonlyMap<string, Target>;
}
const value: Target = { is: 'value' };
const blocks = new Set(['each', 'if', 'unless', 'with']);
/** Names that Handlebars itself takes for helpers. */
const reserved = new Set([...Object.keys(templateHelpers), ...blocks, 'log', 'lookup']);

/**
 * Resolves every path of a parsed template against the fields that the streams list. Rewrites the syntax tree where
 * Handlebars would misread a field: one named like a helper, or one with a dot in its name (`Owner.Name`).
 */
export function checkTemplate(program: hbs.AST.Program, root: TemplateNode): TemplateCheck {
  const fields = new Map<string, Set<string>>();
  const helpers = new Set<string>();
  const problems: TemplateProblem[] = [];

  const report = (
    at: hbs.AST.Node,
    message: string,
    hint?: string,
    code: TemplateProblem['code'] = 'TEMPLATE_INVALID',
  ): undefined => {
    problems.push({ code, line: at.loc.start.line, column: at.loc.start.column + 1, message, hint });
  };
  const use = (node: TemplateNode, field: string): Target => {
    fields.set(node.path, (fields.get(node.path) ?? new Set()).add(field));
    return value;
  };

  const startOf = (path: hbs.AST.PathExpression, scope: Scope): Target | undefined => {
    if (!path.data)
      return scope.contexts[path.depth] ?? report(path, `${path.original} leads out of the template`);
    const [name = ''] = path.parts;
    if (name === 'root') return { is: 'record', node: root };
    if (['index', 'first', 'last', 'key'].includes(name)) return value;
    return report(path, `unknown @${name}`, 'known here: @root, @index, @first, @last, @key');
  };

  const resolve = (path: hbs.AST.PathExpression, scope: Scope): Target | undefined => {
    let target = startOf(path, scope);
    let at = path.data ? 1 : 0;
    const named =
      scoped(path) || path.data || path.depth > 0 ? undefined : scope.named.get(path.parts[0] ?? '');
    if (named) {
      target = named;
      at = 1;
    }
    for (; target !== undefined && target.is !== 'value' && at < path.parts.length; at++) {
      target = target.is === 'list' ? inList(path, at, target.node) : inRecord(path, at, target.node);
    }
    return target;
  };

  const inList = (path: hbs.AST.PathExpression, at: number, node: TemplateNode): Target | undefined => {
    const part = path.parts[at] ?? '';
    if (part === 'length') return value;
    if (/^\d+$/.test(part)) return { is: 'record', node };
    const name = nameOf(node);
    return report(
      path,
      `${name} is a list and has no ${part}`,
      `write it inside {{#each ${name}}} … {{/each}}`,
    );
  };

  const inRecord = (path: hbs.AST.PathExpression, at: number, node: TemplateNode): Target | undefined => {
    const part = path.parts[at] ?? '';
    const child = node.children.get(part);
    if (child) return { is: child.one ? 'record' : 'list', node: child };
    for (let end = path.parts.length; end > at; end--) {
      const field = path.parts.slice(at, end).join('.');
      if (!node.fields.has(field)) continue;
      path.parts.splice(at, end - at, field);
      return use(node, field);
    }
    const hint = suggestion(part, [...node.fields, ...node.children.keys()]);
    return report(
      path,
      `unknown field ${part} of ${node.stream}`,
      hint ?? `add it to the fields of ${node.stream}`,
      'TEMPLATE_UNKNOWN_FIELD',
    );
  };

  /** `partsAllowed`: false where a part would be printed or compared as if it were a value. */
  const expression = (node: hbs.AST.Expression, scope: Scope, partsAllowed: boolean): Target | undefined => {
    if (node.type === 'SubExpression') {
      call(node as hbs.AST.SubExpression, scope);
      return value;
    }
    if (node.type !== 'PathExpression') return value;
    const target = resolve(node as hbs.AST.PathExpression, scope);
    if (partsAllowed || target === undefined || target.is === 'value') return target;
    const name = nameOf(target.node);
    const hint = target.is === 'list' ? `write {{#each ${name}}} … {{/each}}` : 'name one of its fields';
    return report(
      node,
      `${name} is a ${target.is === 'list' ? 'list of records' : 'record'}, not a value`,
      hint,
    );
  };

  const call = (node: hbs.AST.SubExpression | hbs.AST.MustacheStatement, scope: Scope): void => {
    const path = node.path as hbs.AST.PathExpression;
    const name = path.original;
    const helper = Object.hasOwn(templateHelpers, name) ? templateHelpers[name] : undefined;
    if (!helper) {
      const hint = suggestion(name, Object.keys(templateHelpers));
      return report(
        path,
        `unknown helper ${name}`,
        hint ?? `known: ${Object.keys(templateHelpers).join(', ')}`,
      );
    }
    helpers.add(name);
    if (node.params.length < helper.least || node.params.length > helper.most) {
      const wanted = helper.least === helper.most ? `${helper.least}` : `${helper.least} to ${helper.most}`;
      report(path, `${name} takes ${wanted} values, not ${node.params.length}`);
    }
    for (const param of node.params) expression(param, scope, helper.takesParts);
    for (const pair of node.hash?.pairs ?? []) {
      expression(pair.value, scope, false);
      if (!helper.options.includes(pair.key)) {
        report(pair, `${name} has no option ${pair.key}`, suggestion(pair.key, helper.options));
      }
    }
  };

  const mustache = (node: hbs.AST.MustacheStatement, scope: Scope): void => {
    if (node.path.type !== 'PathExpression') return report(node, 'a text or a number cannot stand alone');
    const path = node.path as hbs.AST.PathExpression;
    const bare = node.params.length === 0 && (node.hash?.pairs.length ?? 0) === 0;
    const simple = path.parts.length === 1 && !scoped(path) && !path.data && path.depth === 0;
    if (!bare) return call(node, scope);
    if (simple && reserved.has(path.original)) {
      const context = scope.contexts[0];
      const known = context?.is === 'record' && context.node.fields.has(path.original);
      if (!known) return call(node, scope);
      path.original = `./${path.original}`;
    }
    expression(path, scope, false);
  };

  const block = (node: hbs.AST.BlockStatement, scope: Scope): void => {
    const name = node.path.original;
    const [subject] = node.params;
    if (!blocks.has(name) || subject === undefined || node.params.length > 1) {
      return report(
        node,
        blocks.has(name) ? `{{#${name}}} takes one value` : `unknown block {{#${name}}}`,
        suggestion(name, [...blocks]) ?? `known: ${[...blocks].join(', ')}`,
      );
    }
    helpers.add(name);
    const target = expression(subject, scope, true);
    for (const pair of node.hash?.pairs ?? []) {
      if (pair.key !== 'includeZero') report(pair, `{{#${name}}} has no option ${pair.key}`);
    }
    const inner = name === 'each' || name === 'with' ? enter(node, name, subject, target, scope) : scope;
    if (node.program) statements(node.program, inner);
    if (node.inverse) statements(node.inverse, scope);
  };

  const enter = (
    node: hbs.AST.BlockStatement,
    name: 'each' | 'with',
    subject: hbs.AST.Expression,
    target: Target | undefined,
    scope: Scope,
  ): Scope => {
    const misused = name === 'each' ? 'record' : 'list';
    if (target?.is === misused) {
      const hint = name === 'each' ? 'use {{#with}} for a single record' : 'use {{#each}} for a list';
      report(subject, `${nameOf(target.node)} is a ${misused}`, hint);
    }
    const context: Target =
      target === undefined || target.is === 'value' ? value : { is: 'record', node: target.node };
    const [item, index] = node.program?.blockParams ?? [];
    const named = new Map(scope.named);
    if (item !== undefined) named.set(item, context);
    if (index !== undefined) named.set(index, value);
    return { contexts: [context, ...scope.contexts], named };
  };

  const statements = (body: hbs.AST.Program, scope: Scope): void => {
    for (const node of body.body) {
      if (node.type === 'MustacheStatement') mustache(node as hbs.AST.MustacheStatement, scope);
      else if (node.type === 'BlockStatement') block(node as hbs.AST.BlockStatement, scope);
      else if (node.type !== 'ContentStatement' && node.type !== 'CommentStatement') {
        report(node, 'partials and decorators are not available in templates');
      }
    }
  };

  statements(program, { contexts: [{ is: 'record', node: root }], named: new Map() });
  return { fields, helpers, problems };
}

const scoped = (path: hbs.AST.PathExpression): boolean => /^\.|^this\b/.test(path.original);
const nameOf = (node: TemplateNode): string => node.path.split('.').at(-1) || 'this';
