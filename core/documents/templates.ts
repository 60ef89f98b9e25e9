import Handlebars from 'handlebars';
import type { Json } from '../contract/json.ts';
import { checkTemplate, type TemplateNode, type TemplateProblem } from './template-fields.ts';
import { templateHelpers, textOf } from './template-helpers.ts';

/** What a template sees: the fields of a record, and its parts by name. */
export type View = Readonly<Record<string, unknown>>;

export interface Template {
  readonly render: (view: View) => string;
  /** By the path of a node: the fields that the template reads from it. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Undefined when one of the values it shows is empty: what names a principal must be whole. */
export interface WholeTemplate {
  readonly render: (view: View) => string | undefined;
  readonly fields: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A template, or what is wrong with it. */
export type Compiled<T> = { readonly template: T } | { readonly problems: readonly TemplateProblem[] };

const knownHelpers = Object.fromEntries(Object.keys(templateHelpers).map((name) => [name, true]));
/** https://handlebarsjs.com/api-reference/runtime-options.html */
const noPrototypes = { allowProtoPropertiesByDefault: false, allowProtoMethodsByDefault: false };

/** Compiles once; the template sees no clock, no locale and no time zone. */
export function compileTemplate(text: string, node: TemplateNode): Compiled<Template> {
  const parsed = parse(text);
  if ('problems' in parsed) return parsed;
  const { fields, helpers, problems } = checkTemplate(parsed.template, node);
  if (problems.length > 0) return { problems };
  return { template: { render: renderer(parsed.template, helpers), fields } };
}

/** As `compileTemplate`, for text that must be whole: values only, no blocks, and none of them empty. */
export function compileWhole(text: string, node: TemplateNode): Compiled<WholeTemplate> {
  const parsed = parse(text);
  if ('problems' in parsed) return parsed;
  const { fields, helpers, problems } = checkTemplate(parsed.template, node);
  const block = parsed.template.body.find((statement) => statement.type === 'BlockStatement');
  if (block) {
    const { line, column } = block.loc.start;
    const message = 'blocks are not available here';
    return { problems: [...problems, { code: 'TEMPLATE_INVALID', line, column: column + 1, message }] };
  }
  if (problems.length > 0) return { problems };
  const pieces = parsed.template.body.flatMap((statement) => pieceOf(statement, helpers));
  const render = (view: View): string | undefined => {
    let whole = '';
    for (const piece of pieces) {
      const part = typeof piece === 'string' ? piece : piece(view);
      if (typeof piece !== 'string' && part.trim() === '') return undefined;
      whole += part;
    }
    return whole.trim() === '' ? undefined : whole.trim();
  };
  return { template: { render, fields } };
}

function pieceOf(
  statement: hbs.AST.Statement,
  helpers: ReadonlySet<string>,
): (string | ((view: View) => string))[] {
  if (statement.type === 'ContentStatement') return [(statement as hbs.AST.ContentStatement).value];
  if (statement.type !== 'MustacheStatement') return [];
  const { path, params } = statement as hbs.AST.MustacheStatement;
  const { parts = [], depth, data } = path as hbs.AST.PathExpression;
  const [field] = parts;
  const plain = params.length === 0 && parts.length === 1 && !data && depth === 0;
  if (plain && field !== undefined) {
    return [(view) => (Object.hasOwn(view, field) ? textOf(view[field] as Json) : '')];
  }
  return [renderer({ type: 'Program', body: [statement], blockParams: [], loc: statement.loc }, helpers)];
}

/**
 * The template reaches the helpers it was checked to call, and nothing beside them. Each has an environment of its own
 * because Handlebars wraps every helper of the environment anew on each rendering.
 */
function renderer(program: hbs.AST.Program, helpers: ReadonlySet<string>): (view: View) => string {
  const environment = Handlebars.create();
  for (const name of Object.keys(environment.helpers)) {
    if (!helpers.has(name)) environment.unregisterHelper(name);
  }
  for (const name of helpers) {
    const helper = templateHelpers[name];
    if (!helper) continue;
    environment.registerHelper(name, (...values: unknown[]) => {
      const { hash } = values.pop() as { hash: Readonly<Record<string, Json>> };
      return helper.call(values as Json[], hash);
    });
  }
  const compiled = environment.compile<View>(program, {
    noEscape: true,
    knownHelpers,
    knownHelpersOnly: true,
  });
  return (view) => compiled(view, noPrototypes);
}

function parse(text: string): Compiled<hbs.AST.Program> {
  try {
    return { template: Handlebars.parse(text) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = Number(/(?:line |^.* - )(\d+)/.exec(message)?.[1] ?? 1);
    return { problems: [{ code: 'TEMPLATE_INVALID', line, column: 1, message: explain(message) }] };
  }
}

/** Handlebars quotes the template around the place; what it expected is the grammar's own words, of no help here. */
function explain(message: string): string {
  if (message.includes("got 'EOF'")) return 'a block or an expression is not closed';
  const mismatch = /([^\n]*doesn't match \S+)/.exec(message)?.[1];
  return mismatch === undefined
    ? 'the template cannot be read: an expression {{…}} is malformed'
    : `the template cannot be read: ${mismatch}`;
}
