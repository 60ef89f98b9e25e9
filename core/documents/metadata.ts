import type { Path } from '../config/path.ts';
import type { KindConfig } from '../config/schema.ts';
import { suggestion } from '../config/suggest.ts';
import type { MetadataValue } from '../contract/document.ts';
import type { Json } from '../contract/json.ts';
import { numberOf } from './decimal.ts';
import { parseInstant } from './instant.ts';
import type { NodePlan } from './kind-plan.ts';
import type { KindProblems } from './problems.ts';
import { compileTemplate, type View } from './templates.ts';

type Declaration = KindConfig['metadata'][string];
type Type = Extract<Declaration, { field: string }>['type'];
export type MetadataValues = Record<string, MetadataValue>;

/** Puts its value into `values`; answers with what is wrong, without quoting the record. */
export type MetadataReader = (view: View, values: MetadataValues) => string | undefined;

/** Names that a kind cannot declare: the document's own, and those with a meaning for a retriever. */
export const reservedMetadataNames: ReadonlySet<string> = new Set(
  (
    'id doc_id namespace kind title body text content url source origin parts access allow deny everyone ' +
    'classification trust version fingerprint score missing_parts'
  ).split(' '),
);
const namePattern = /^[a-z][a-z0-9_]{0,79}$/;
const nouns = { number: 'number', boolean: 'truth value', instant: 'date', list: 'list', string: 'text' };

/** A reader for every declared name; `use` is told every field that one reads. */
export function compileMetadata(
  kind: string,
  declarations: KindConfig['metadata'],
  root: NodePlan,
  problems: KindProblems,
  use: (nodePath: string, field: string) => void,
): MetadataReader[] {
  const names = new Set(Object.keys(declarations));
  return Object.entries(declarations).flatMap(([name, declaration]) => {
    const at = ['kinds', kind, 'metadata', name];
    if (!namePattern.test(name)) {
      problems.add(at, 'a name has lower-case letters, digits and _, and starts with a letter');
    }
    if (reservedMetadataNames.has(name))
      problems.add(at, `${name} has a meaning of its own`, 'choose another name');
    if (typeof declaration === 'object' && 'template' in declaration) {
      return fromTemplate(name, declaration.template, root, [...at, 'template'], problems, use);
    }
    const { field, type } =
      typeof declaration === 'string' ? { field: declaration, type: 'string' as const } : declaration;
    if (type === 'instant' && names.has(`${name}_epoch`)) {
      problems.add(at, `${name}_epoch is declared too, and an instant gives that name by itself`);
    }
    const found = findField(field, root, typeof declaration === 'string' ? at : [...at, 'field'], problems);
    if (!found) return [];
    use(found.node.path, found.field);
    return [fromField(name, found, type)];
  });
}

function fromTemplate(
  name: string,
  text: string,
  root: NodePlan,
  at: Path,
  problems: KindProblems,
  use: (nodePath: string, field: string) => void,
): MetadataReader[] {
  const compiled = compileTemplate(text, root);
  if ('problems' in compiled) {
    problems.addTemplate(at, compiled.problems);
    return [];
  }
  for (const [path, fields] of compiled.template.fields) for (const field of fields) use(path, field);
  const { render } = compiled.template;
  return [
    (view, values) => {
      const value = render(view).trim();
      if (value !== '') values[name] = value.toWellFormed();
      return undefined;
    },
  ];
}

interface FoundField {
  readonly node: NodePlan;
  /** The parts that lead to the node. */
  readonly parts: readonly string[];
  readonly field: string;
}

function findField(path: string, root: NodePlan, at: Path, problems: KindProblems): FoundField | undefined {
  let node = root;
  const parts: string[] = [];
  for (let rest = path; ;) {
    if (node.fields.has(rest)) return { node, parts, field: rest };
    const name = rest.split('.')[0] ?? '';
    const child = node.children.get(name);
    if (!child || name === rest) {
      const known = [
        ...node.fields,
        ...[...node.children.values()].filter((one) => one.one).map((one) => `${one.name}.`),
      ];
      const message = child ? `${path} is a part, not a field` : `unknown field ${rest} of ${node.stream}`;
      problems.add(at, message, suggestion(rest, known) ?? `add it to the fields of ${node.stream}`);
      return undefined;
    }
    if (!child.one) {
      problems.add(
        at,
        `${child.path} may hold many records`,
        'metadata takes fields of parts with `one: true`',
      );
      return undefined;
    }
    node = child;
    parts.push(name);
    rest = rest.slice(name.length + 1);
  }
}

function fromField(name: string, { node, parts, field }: FoundField, type: Type): MetadataReader {
  const wrong = `metadata ${name}: the field ${field} of ${node.stream} is not a ${nouns[type]}`;
  const epoch = `${name}_epoch`;
  return (view, values) => {
    let record: View | undefined = view;
    for (const part of parts) record = record?.[part] as View | undefined;
    const value = record?.[field] as Json | undefined;
    if (value === null || value === undefined || value === '') return undefined;
    if (type === 'instant') {
      const ms = parseInstant(value);
      if (ms === undefined) return wrong;
      values[name] = new Date(ms).toISOString();
      values[epoch] = Math.floor(ms / 1000);
      return undefined;
    }
    const converted = converters[type](value);
    if (converted === undefined) return wrong;
    if (converted !== '' && !(typeof converted === 'object' && converted.length === 0))
      values[name] = converted;
    return undefined;
  };
}

/** Sources give one value in several types (a warehouse column arrives as text): what reads as the type is taken. */
const converters: Readonly<Record<Exclude<Type, 'instant'>, (value: Json) => MetadataValue | undefined>> = {
  string: (value) => (typeof value === 'object' ? undefined : String(value).toWellFormed()),
  number: numberOf,
  boolean(value) {
    const text = String(value).toLowerCase();
    return text === 'true' ? true : text === 'false' ? false : undefined;
  },
  /** Text is a Salesforce multi-select picklist: values separated by semicolons. */
  list(value) {
    const items = Array.isArray(value) ? value : typeof value === 'string' ? value.split(';') : undefined;
    if (items === undefined || items.some((item) => typeof item === 'object' && item !== null))
      return undefined;
    return items
      .map((item) =>
        String(item ?? '')
          .trim()
          .toWellFormed(),
      )
      .filter((item) => item !== '');
  },
};
