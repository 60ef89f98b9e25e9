import type { NameCheck } from './check-names.ts';
import { isSection } from './path.ts';
import type { Path } from './path.ts';
import { suggestion } from './suggest.ts';

/** The allow-list of every declared stream, by `<source>.<stream>`; undefined where it cannot be read. */
export type Streams = ReadonlyMap<string, ReadonlySet<string> | undefined>;
type Section = Record<string, unknown>;

/** Checks a kind: its streams are declared, and every field it names is in the allow-list of the right stream. */
export function checkKind(kind: Section, path: Path, streams: Streams, check: NameCheck): void {
  checkNode(kind, path, streams, check);
  if (!isSection(kind['metadata'])) return;
  for (const [name, entry] of Object.entries(kind['metadata'])) {
    const at = [...path, 'metadata', name];
    if (typeof entry === 'string') checkFieldPath(entry, at, kind, streams, check);
    else if (isSection(entry) && typeof entry['field'] === 'string') {
      checkFieldPath(entry['field'], [...at, 'field'], kind, streams, check);
    }
  }
}

function checkNode(node: Section, path: Path, streams: Streams, check: NameCheck): void {
  const { from, where, order } = node;
  if (typeof from === 'string' && from.includes('.') && !streams.has(from)) {
    const hint = suggestion(from, [...streams.keys()]);
    check.report([...path, 'from'], from, (shown) => `there is no stream ${shown}`, hint);
  }
  const fields = fieldsOf(node, streams);
  if (isSection(where)) {
    for (const field of Object.keys(where)) {
      if (fields !== undefined && !fields.has(field)) {
        check.problems.atKey(
          [...path, 'where', field],
          unlisted(field, from),
          suggestion(field, [...fields]),
        );
      }
    }
  }
  if (typeof order === 'string') {
    checkField(order.replace(/\s+(asc|desc)$/, ''), [...path, 'order'], node, streams, check);
  }
  if (!isSection(node['with'])) return;
  for (const [name, part] of Object.entries(node['with'])) {
    const at = [...path, 'with', name];
    if (fields?.has(name) === true) {
      check.problems.atKey(
        at,
        `a part cannot have the name of a field of ${String(from)}`,
        'rename the part',
      );
    }
    if (!isSection(part)) continue;
    if (isSection(part['on'])) {
      checkSide(part['on']['parent'], [...at, 'on', 'parent'], node, streams, check);
      checkSide(part['on']['part'], [...at, 'on', 'part'], part, streams, check);
    }
    checkNode(part, at, streams, check);
  }
}

function checkSide(side: unknown, path: Path, node: Section, streams: Streams, check: NameCheck): void {
  if (typeof side === 'string') checkField(side, path, node, streams, check);
  else if (isSection(side) && typeof side['field'] === 'string') {
    checkField(side['field'], [...path, 'field'], node, streams, check);
  }
}

function checkField(field: string, path: Path, node: Section, streams: Streams, check: NameCheck): void {
  const fields = fieldsOf(node, streams);
  if (fields === undefined || fields.has(field)) return;
  check.report(path, field, (shown) => unlisted(shown, node['from']), suggestion(field, [...fields]));
}

/** A field of the node, or `part.field` through parts with `one: true`. */
function checkFieldPath(name: string, path: Path, node: Section, streams: Streams, check: NameCheck): void {
  const fields = fieldsOf(node, streams);
  if (fields?.has(name) === true) return;
  const dot = name.indexOf('.');
  const partName = name.slice(0, Math.max(0, dot));
  const parts = isSection(node['with']) ? node['with'] : {};
  const part = Object.hasOwn(parts, partName) ? parts[partName] : undefined;
  if (!isSection(part)) {
    if (fields === undefined) return;
    const ones = Object.entries(parts).flatMap(([key, one]) =>
      isSection(one) ? oneFields(key, one, streams) : [],
    );
    check.report(
      path,
      name,
      (shown) => unlisted(shown, node['from']),
      suggestion(name, [...fields, ...ones]),
    );
    return;
  }
  if (part['one'] === true) checkFieldPath(name.slice(dot + 1), path, part, streams, check);
  else {
    const message = `${partName} is a list of records; metadata takes one value`;
    check.problems.atValue(path, message, 'set `one: true` on the part, or use { template: … }');
  }
}

const oneFields = (name: string, part: Section, streams: Streams): readonly string[] =>
  part['one'] === true ? [...(fieldsOf(part, streams) ?? [])].map((field) => `${name}.${field}`) : [];

const fieldsOf = (node: Section, streams: Streams): ReadonlySet<string> | undefined =>
  typeof node['from'] === 'string' ? streams.get(node['from']) : undefined;

const unlisted = (field: string, stream: unknown): string =>
  `${field} is not in the fields of ${String(stream)}`;
