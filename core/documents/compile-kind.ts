import type { StreamConfig } from '../config/config.ts';
import type { Path } from '../config/path.ts';
import type { KindConfig } from '../config/schema.ts';
import { type AccessReader, bothMayRead, compileAccess } from './access.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { type ComposeNode, type ComposePlan, createCompose } from './compose.ts';
import type { Kind, KindNode } from './kind.ts';
import { finishNode, type NodePlan, planNodes } from './kind-plan.ts';
import { compileMetadata } from './metadata.ts';
import { collectKindProblems, invalidKind, type KindProblems } from './problems.ts';
import { compileTemplate } from './templates.ts';

/** Raised when the same configuration and records come out as another document than before. */
const composeRevision = 1;

/** The system behind a source, as ids and provenance name it. */
export interface SourceSystem {
  /** The vendor: `salesforce`. */
  readonly system: string;
  /** Which instance of it: organisation id, account. */
  readonly instance: string;
  /** A link that a person can open; pure. `stream` is the name without the source. */
  readonly link?: ((stream: string, key: string) => string | undefined) | undefined;
}

export interface KindContext {
  readonly namespace: string;
  /** By id: `<source>.<stream>`. */
  readonly streams: Readonly<Record<string, StreamConfig>>;
  /** By source. */
  readonly systems: Readonly<Record<string, SourceSystem>>;
}

type Use = (nodePath: string, field: string) => void;

/**
 * Makes a kind ready to compose: streams, joins, conditions and every path of every template are checked against the
 * fields that the streams list. Throws `InvalidKind` (a `ConfigError`) with everything that is wrong.
 */
export function compileKind(name: string, config: KindConfig, context: KindContext): Kind {
  const problems = collectKindProblems();
  const root = planNodes(name, config, context.streams, problems);
  if (!root) throw invalidKind(name, problems.list);
  const finish = finishNode(root, config.where, problems);
  const nodes = new Map([...everyNode(root)].map((node) => [node.path, node]));
  const use: Use = (path, field) => void nodes.get(path)?.used.add(field);

  const template = (text: string, key: string): ComposePlan['title'] => {
    const compiled = compileTemplate(text, root);
    if ('problems' in compiled) {
      problems.addTemplate(['kinds', name, key], compiled.problems);
      return () => '';
    }
    for (const [path, fields] of compiled.template.fields) for (const field of fields) use(path, field);
    return compiled.template.render;
  };
  const composeRoot = composeNode(root, name, config, context, problems, use);
  const { system, instance } = systemOf(root, context.systems);
  const idPrefix = [context.namespace, name, system, instance, root.config.name]
    .map(encodeURIComponent)
    .join(':');
  const plan: ComposePlan = {
    kind: name,
    idPrefix: `${idPrefix}:`,
    root: composeRoot,
    title: template(config.title, 'title'),
    body: template(config.body, 'body'),
    url: config.url === undefined ? undefined : template(config.url, 'url'),
    metadata: compileMetadata(name, config.metadata, root, problems, use),
    classification: config.classification,
    trust: config.trust,
  };
  if (problems.list.length > 0) throw invalidKind(name, problems.list);
  const finished = finish();
  return {
    name,
    root: finished,
    nodes: [...everyNode<KindNode>(finished)],
    fingerprint: fingerprintOf(name, config, context, [...nodes.values()]),
    compose: createCompose(plan),
  };
}

/** The rules over one node: a part's own, else its stream's; the root's is the kind's. */
function composeNode(
  node: NodePlan,
  kind: string,
  config: KindConfig,
  context: KindContext,
  problems: KindProblems,
  use: Use,
): ComposeNode {
  const { system, link } = systemOf(node, context.systems);
  return {
    name: node.name,
    path: node.path,
    system,
    stream: node.config.name,
    one: node.one,
    link: link && ((key) => link(node.config.name, key)),
    access: accessOf(node, kind, config, problems, use),
    narrow: node.part?.onNarrower === 'narrow',
    classification: node.config.classification,
    trust: node.config.trust,
    children: [...node.children.values()].map((child) =>
      composeNode(child, kind, config, context, problems, use),
    ),
  };
}

/**
 * A record may be read by whom both rules let read it: that of the kind or part, and that of its stream, which holds in
 * whatever document the record stands.
 */
function accessOf(
  node: NodePlan,
  kind: string,
  config: KindConfig,
  problems: KindProblems,
  use: Use,
): AccessReader | undefined {
  const own = node.part ? node.part.access : config.access;
  if (!own && !node.part)
    problems.add(['kinds', kind, 'access'], 'a kind states who may read it', 'add access:');
  const readers: AccessReader[] = [];
  if (own) {
    const reader = compileAccess(own, node, [...node.at, 'access'], problems, use);
    if (reader) readers.push(reader);
  }
  if (node.config.access) {
    const at: Path = ['sources', sourceOf(node.stream), 'streams', node.config.name, 'access'];
    const reader = compileAccess(node.config.access, { ...node, children: new Map() }, at, problems, use);
    if (reader) readers.push(reader);
  }
  return readers.length < 2 ? readers[0] : bothMayRead(readers[0]!, readers[1]!);
}

function* everyNode<T extends { readonly children: ReadonlyMap<string, T> | readonly T[] }>(
  node: T,
): Iterable<T> {
  yield node;
  for (const child of node.children.values()) yield* everyNode(child);
}

const sourceOf = (stream: string): string => stream.slice(0, stream.indexOf('.'));

function systemOf(node: NodePlan, systems: KindContext['systems']): SourceSystem {
  const found = systems[sourceOf(node.stream)];
  if (!found) throw new Error(`No system is given for the source of ${node.stream}.`);
  return found;
}

/** Covers the link's form by a made-up key: another address of the system is another document. */
function fingerprintOf(
  name: string,
  config: KindConfig,
  context: KindContext,
  nodes: readonly NodePlan[],
): string {
  const streams = nodes.map((node) => {
    const { system, instance, link } = systemOf(node, context.systems);
    const { access, classification, trust } = node.config;
    return [
      node.path,
      node.stream,
      system,
      instance,
      link?.(node.config.name, 'key'),
      access,
      classification,
      trust,
    ];
  });
  return sha256(canonicalJson([composeRevision, context.namespace, name, config, streams]));
}
