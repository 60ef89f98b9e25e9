import type { StreamConfig } from '../config/config.ts';
import type { Path } from '../config/path.ts';
import type { KindConfig, PartConfig } from '../config/schema.ts';
import { suggestion } from '../config/suggest.ts';
import { fieldsOf, namesToday } from './condition.ts';
import type { JoinSide, KindNode } from './kind.ts';
import type { KindProblems } from './problems.ts';
import type { TemplateNode } from './template-fields.ts';

const maxDepth = 3;
/** Words that a template reads as something else. */
const reservedNames = new Set(['this', 'true', 'false', 'null', 'undefined']);

/** A node of a kind while it is being compiled: its configuration, and the fields found to matter so far. */
export interface NodePlan extends TemplateNode {
  readonly name: string;
  readonly at: Path;
  /** Undefined at the root. */
  readonly part: PartConfig | undefined;
  readonly config: StreamConfig;
  readonly used: Set<string>;
  readonly children: ReadonlyMap<string, NodePlan>;
}

/** Builds the tree of a kind and checks its streams, names and joins. Undefined when a stream is not known. */
export function planNodes(
  kind: string,
  config: KindConfig,
  streams: Readonly<Record<string, StreamConfig>>,
  problems: KindProblems,
): NodePlan | undefined {
  let complete = true;

  const plan = (
    from: string,
    path: string,
    at: Path,
    part: PartConfig | undefined,
    parts: Readonly<Record<string, PartConfig>>,
  ): NodePlan | undefined => {
    const stream = Object.hasOwn(streams, from) ? streams[from] : undefined;
    if (!stream) {
      problems.add([...at, 'from'], `unknown stream ${from}`, suggestion(from, Object.keys(streams)));
      complete = false;
    }
    const fields = new Set(stream?.fields);
    const children = new Map<string, NodePlan>();
    for (const [name, child] of Object.entries(parts)) {
      const childAt = [...at, 'with', name];
      const childPath = path === '' ? name : `${path}.${name}`;
      if (fields.has(name))
        problems.add(childAt, `${from} has a field ${name} too`, 'give the part another name');
      if (reservedNames.has(name)) problems.add(childAt, `${name} cannot be the name of a part`);
      if (childPath.split('.').length > maxDepth) problems.add(childAt, `parts nest to depth ${maxDepth}`);
      const planned = plan(child.from, childPath, childAt, child, child.with ?? {});
      if (planned) children.set(name, planned);
    }
    if (!stream) return undefined;
    const name = path.split('.').at(-1) ?? '';
    const one = part?.one ?? true;
    return { path, name, at, part, stream: from, config: stream, one, fields, children, used: new Set() };
  };

  const root = plan(config.from, '', ['kinds', kind], undefined, config.with);
  return complete ? root : undefined;
}

/** Marks the fields that joins, conditions and orders read, and makes the nodes that the engine walks. */
export function finishNode(
  plan: NodePlan,
  where: KindConfig['where'],
  problems: KindProblems,
): () => KindNode {
  const use = (node: NodePlan, field: string, at: Path): void => {
    node.used.add(field);
    if (node.fields.has(field)) return;
    const hint = suggestion(field, [...node.fields]) ?? `add it to the fields of ${node.stream}`;
    problems.add(at, `unknown field ${field} of ${node.stream}`, hint);
  };
  if (namesToday(where)) {
    problems.add(
      [...plan.at, 'where'],
      'a condition cannot name today',
      'compare with a date, or filter at the source',
    );
  }
  for (const field of fieldsOf(where)) use(plan, field, [...plan.at, 'where', field]);
  const order = orderOf(plan.part?.order);
  if (order) use(plan, order.field, [...plan.at, 'order']);

  const finishers = [...plan.children.values()].map((child) => {
    const on = child.part?.on;
    if (on) {
      use(plan, joinSide(on.parent).field, [...child.at, 'on', 'parent']);
      use(child, joinSide(on.part).field, [...child.at, 'on', 'part']);
    }
    return finishNode(child, child.part?.where, problems);
  });
  const { part } = plan;
  return () => ({
    path: plan.path,
    name: plan.name,
    stream: plan.stream,
    where,
    join: part && { parent: joinSide(part.on.parent), part: joinSide(part.on.part) },
    one: plan.one,
    order,
    limit: plan.one ? 1 : (part?.limit ?? 1),
    required: part?.required ?? true,
    waitMs: part?.wait ?? 0,
    fields: [...plan.used].sort(),
    children: finishers.map((finish) => finish()),
  });
}

const joinSide = (side: PartConfig['on']['parent']): JoinSide =>
  typeof side === 'string' ? { field: side, as: 'exact' } : { field: side.field, as: side.as };

function orderOf(order: string | undefined): KindNode['order'] {
  if (order === undefined) return undefined;
  const [, field = '', direction = ''] = /^(.*?)(?:\s+(asc|desc))?$/i.exec(order.trim()) ?? [];
  return { field, descending: direction.toLowerCase() === 'desc' };
}
