import type { Classification } from '../config/schema.ts';
import type { Access, BusinessDocument, PartRef, Trust } from '../contract/document.ts';
import { type AccessReader, intersectAccess, narrows } from './access.ts';
import { sha256 } from './canonical.ts';
import { lowestTrust, strictest } from './classification.ts';
import { type Content, versionLength } from './content.ts';
import type { Composition, Kind, RecordNode } from './kind.ts';
import { oneLine, tidyLines } from './markdown.ts';
import type { MetadataReader, MetadataValues } from './metadata.ts';
import type { View } from './templates.ts';

const maxIdBytes = 512;

/** A node of a kind, as composing needs it. */
export interface ComposeNode {
  readonly name: string;
  readonly path: string;
  readonly system: string;
  /** Without its source. */
  readonly stream: string;
  readonly one: boolean;
  readonly link: ((key: string) => string | undefined) | undefined;
  /** Undefined: a part without a restriction of its own. */
  readonly access: AccessReader | undefined;
  /** Show a part that narrows the document, and narrow it; otherwise the part is left out. */
  readonly narrow: boolean;
  readonly classification: Classification | undefined;
  readonly trust: Trust | undefined;
  readonly children: readonly ComposeNode[];
}
export interface ComposePlan {
  readonly kind: string;
  /** The id without the record's key. */
  readonly idPrefix: string;
  readonly root: ComposeNode;
  readonly title: (view: View) => string;
  readonly body: (view: View) => string;
  readonly url: ((view: View) => string) | undefined;
  readonly metadata: readonly MetadataReader[];
  readonly classification: Classification;
  readonly trust: Trust;
}

/** What grows while the parts of one document are walked, in the order of the configuration. */
interface Walk {
  access: Access;
  classification: Classification;
  trust: Trust;
  readonly parts: PartRef[];
  readonly leftOut: Map<string, { part: string; records: number; reason: string }>;
}

/**
 * Access comes first and withholding beats rejecting: a document that may not be written anywhere must be withdrawn,
 * also when it could not be rendered. A part is shown when everyone who may read the document so far may read the part.
 */
export function createCompose(plan: ComposePlan): Kind['compose'] {
  const { root } = plan;
  return (record, missing) => {
    const access = root.access?.decide(root.access.needsParts ? rawView(record, root) : record.data);
    if (!access) return { status: 'withheld', reason: 'access cannot be decided' };
    const walk: Walk = {
      access,
      classification: strictest(plan.classification, root.classification),
      trust: lowestTrust(plan.trust, root.trust),
      parts: [],
      leftOut: new Map(),
    };
    const view = showRecord(record, root, walk);
    if (!('everyone' in walk.access) && walk.access.allow.length === 0) {
      return { status: 'withheld', reason: 'nobody may read all of its parts' };
    }
    const rejected = (code: string, reason: string): Composition => ({
      status: 'rejected',
      code,
      reason,
      classification: walk.classification,
    });
    const id = record.key.isWellFormed() ? plan.idPrefix + encodeURIComponent(record.key) : undefined;
    if (id === undefined)
      return rejected('DOCUMENT_ID_INVALID', 'the key of the record is not well-formed Unicode');
    if (id.length > maxIdBytes) {
      return rejected(
        'DOCUMENT_ID_TOO_LONG',
        `the id takes ${id.length} bytes; at most ${maxIdBytes} are possible`,
      );
    }
    const title = oneLine(plan.title(view)).toWellFormed();
    if (title === '') return rejected('DOCUMENT_TITLE_EMPTY', 'the title template gives no text');
    const body = tidyLines(plan.body(view)).toWellFormed();
    if (body === '') return rejected('DOCUMENT_BODY_EMPTY', 'the body template gives no text');
    const metadata = readMetadata(plan.metadata, view, missing);
    if (typeof metadata === 'string') return rejected('METADATA_TYPE', metadata);
    return finish(plan, record, walk, { id, title, body, url: urlOf(plan, record, view), metadata });
  };
}

/** The shown fields and parts of a record; notes what every shown part adds to the document. */
function showRecord(record: RecordNode, node: ComposeNode, walk: Walk): View {
  if (node.children.length === 0) return record.data;
  const view: Record<string, unknown> = { ...record.data };
  for (const child of node.children) {
    const shown: View[] = [];
    for (const part of record.parts[child.name] ?? []) {
      if (child.one && shown.length > 0) break;
      if (child.access && !admits(child, child.access, part, walk)) continue;
      walk.classification = strictest(walk.classification, child.classification);
      walk.trust = lowestTrust(walk.trust, child.trust);
      walk.parts.push(partRef(part, child));
      shown.push(showRecord(part, child, walk));
    }
    view[child.name] = child.one ? shown[0] : shown;
  }
  return view;
}

/** Whether a part may be shown; narrows the document where the kind wants that. */
function admits(node: ComposeNode, reader: AccessReader, part: RecordNode, walk: Walk): boolean {
  const access = reader.decide(reader.needsParts ? rawView(part, node) : part.data);
  if (access === undefined) return leaveOut(node, 'its access cannot be decided', walk);
  if (!narrows(walk.access, access)) return true;
  if (!node.narrow) return leaveOut(node, 'it would narrow who may read the document', walk);
  walk.access = intersectAccess(walk.access, access);
  return true;
}

function leaveOut(node: ComposeNode, reason: string, walk: Walk): false {
  const key = `${node.path} ${reason}`;
  const counted = walk.leftOut.get(key);
  if (counted) counted.records++;
  else walk.leftOut.set(key, { part: node.path, records: 1, reason });
  return false;
}

/** A record with all its parts, shown or not: what rules over parts look at. */
function rawView(record: RecordNode, node: ComposeNode): View {
  const view: Record<string, unknown> = { ...record.data };
  for (const child of node.children) {
    const parts = (record.parts[child.name] ?? []).map((part) => rawView(part, child));
    view[child.name] = child.one ? parts[0] : parts;
  }
  return view;
}

function partRef(part: RecordNode, { path, system, stream, link }: ComposeNode): PartRef {
  const { key, modifiedAt } = part;
  const url = link?.(key);
  return {
    key,
    part: path,
    stream,
    system,
    ...(url === undefined ? undefined : { url }),
    ...(modifiedAt === undefined ? undefined : { modifiedAt }),
  };
}

/** The template's address when it gives one that a browser may open safely, else the source's own link. */
function urlOf(plan: ComposePlan, record: RecordNode, view: View): string | undefined {
  const url = plan.url?.(view).trim();
  return url !== undefined && /^https?:\/\/[^\s<>"\\]+$/i.test(url)
    ? url.toWellFormed()
    : plan.root.link?.(record.key);
}

/** Metadata in the order of its names, or what is wrong with it. */
function readMetadata(
  readers: readonly MetadataReader[],
  view: View,
  missing: readonly string[],
): MetadataValues | string {
  const values: MetadataValues = {};
  for (const read of readers) {
    const problem = read(view, values);
    if (problem !== undefined) return problem;
  }
  if (missing.length > 0) values['missing_parts'] = [...missing].sort();
  const sorted: MetadataValues = {};
  for (const name of Object.keys(values).sort()) sorted[name] = values[name] as MetadataValues[string];
  return sorted;
}

/** Written with its keys in order throughout, so that `JSON.stringify` gives the canonical text at once. */
function finish(
  plan: ComposePlan,
  record: RecordNode,
  walk: Walk,
  made: Pick<Content, 'id' | 'title' | 'body' | 'metadata'> & { readonly url: string | undefined },
): Composition {
  const { access } = walk;
  const origin = { key: record.key, stream: plan.root.stream, system: plan.root.system };
  const content: Content = {
    access:
      'everyone' in access
        ? { everyone: true, reason: access.reason }
        : { allow: access.allow, deny: access.deny },
    body: made.body,
    classification: walk.classification,
    id: made.id,
    kind: plan.kind,
    metadata: made.metadata,
    origin,
    parts: walk.parts.map(({ key, part, stream, system, url }) =>
      url === undefined ? { key, part, stream, system } : { key, part, stream, system, url },
    ),
    title: made.title,
    trust: walk.trust,
    ...(made.url === undefined ? undefined : { url: made.url }),
  };
  const fingerprint = sha256(JSON.stringify(content));
  const document: BusinessDocument = {
    ...content,
    origin: record.modifiedAt === undefined ? origin : { ...origin, modifiedAt: record.modifiedAt },
    parts: walk.parts,
    version: fingerprint.slice(0, versionLength),
  };
  return { status: 'composed', document, content: fingerprint, leftOut: [...walk.leftOut.values()] };
}
