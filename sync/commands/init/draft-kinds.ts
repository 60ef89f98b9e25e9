import { reservedMetadataNames } from '../../../core/documents/index.ts';
import { listed, type Draft, type DraftField, type DraftSource, type DraftStream } from './draft.ts';

export interface DraftPart {
  readonly name: string;
  readonly stream: DraftStream;
  readonly parentField: string;
  readonly partField: string;
  readonly as?: string | undefined;
  readonly one: boolean;
  readonly order?: string | undefined;
  readonly limit?: number;
  /** Why it is thought to belong here. */
  readonly reason: string;
}
export interface DraftKind {
  readonly name: string;
  readonly root: DraftStream;
  readonly title: DraftField;
  readonly parts: readonly DraftPart[];
  readonly metadata: readonly { readonly name: string; readonly field: string; readonly type?: string }[];
}

const childLimit = 10;

/** A kind for each stream that documents are about, with the records that refer to it or that it refers to. */
export function draftKinds({ sources }: Draft): DraftKind[] {
  const readable = sources.map((source) => ({
    ...source,
    streams: source.streams.filter((one) => one.settings !== undefined),
  }));
  const kinds: DraftKind[] = [];
  const foreign = new Set<DraftStream>();
  for (const source of readable) {
    for (const root of rootsOf(source)) {
      const parts = [
        ...parents(root, source.streams),
        ...children(root, source),
        ...fromElsewhere(root, source, readable),
      ];
      for (const part of parts) if (part.stream.source !== root.source) foreign.add(part.stream);
      kinds.push({
        name: kindName(root.name),
        root,
        title: titleOf(root),
        parts: named(root, parts),
        metadata: metadataOf(root),
      });
    }
  }
  const own = kinds.filter((kind) => !foreign.has(kind.root));
  return own.filter((kind, index) => own.findIndex((other) => other.name === kind.name) === index);
}

function rootsOf({ streams, starter }: DraftSource): readonly DraftStream[] {
  const roots = streams.filter((stream) => !starter.helpers.includes(stream.name));
  return roots.length > 0 ? roots : streams;
}

const bare = (name: string): string => name.replace(/__c$/i, '');
const kindName = (name: string): string =>
  bare(name)
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 63) || 'kind';
const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const plural = (name: string): string =>
  /[^aeiou]y$/i.test(name) ? `${name.slice(0, -1)}ies` : /s$/i.test(name) ? name : `${name}s`;

/** A reference of the root to a stream that is read: at most one record. */
const parents = (root: DraftStream, streams: readonly DraftStream[]): DraftPart[] =>
  listed(root).flatMap((field) => {
    const stream = streams.find((one) => one !== root && field.refersTo?.includes(one.description.name));
    const [key] = stream?.description.key ?? [];
    if (!stream || key === undefined || !listed(stream).some((one) => one.name === key)) return [];
    const name = lowerFirst(bare(field.name).replace(/_?Id$/i, ''));
    return [
      {
        name,
        stream,
        parentField: field.name,
        partField: key,
        one: true,
        reason: `${field.name} refers to it`,
      },
    ];
  });

function children(root: DraftStream, { streams, starter }: DraftSource): DraftPart[] {
  const [key] = root.description.key;
  if (key === undefined) return [];
  return streams.flatMap((stream): DraftPart[] => {
    if (stream === root || (starter.helpers.includes(stream.name) && /^User$/.test(stream.name))) return [];
    const field = listed(stream).find((one) => one.refersTo?.includes(root.description.name));
    if (!field) return [];
    const reason = `its ${field.name} refers to this record`;
    return [child(plural(lowerFirst(bare(stream.name))), stream, key, field.name, undefined, reason)];
  });
}

/** Tables of another source with a column named after this stream's key: a guess that `check` puts figures to. */
function fromElsewhere(root: DraftStream, own: DraftSource, sources: readonly DraftSource[]): DraftPart[] {
  const [key, ...more] = root.description.key;
  if (key === undefined || more.length > 0) return [];
  const column = new RegExp(`^(\\w+_)?${bare(root.name).replace(/\W/g, '.')}_?ID$`, 'i');
  return sources
    .filter((source) => source !== own && own.starter.keysAs !== undefined)
    .flatMap((source) => source.streams)
    .flatMap((stream): DraftPart[] => {
      const field = listed(stream).find((one) => column.test(one.name));
      if (!field) return [];
      const reason = `guessed from the name of ${field.name}: a run tells how well it matches`;
      return [child(lowerFirst(stream.name), stream, key, field.name, own.starter.keysAs, reason)];
    });
}

function child(
  name: string,
  stream: DraftStream,
  parentField: string,
  partField: string,
  as: string | undefined,
  reason: string,
): DraftPart {
  const dates = listed(stream).filter((field) => /^(date|datetime|timestamp)/i.test(field.type));
  const order = dates[0] === undefined ? undefined : `${dates[0].name} desc`;
  return { name, stream, parentField, partField, as, one: false, order, limit: childLimit, reason };
}

/** Parts with names that a template can use and that no field of the root has. */
function named(root: DraftStream, parts: readonly DraftPart[]): DraftPart[] {
  const taken = new Set(root.fields.map((field) => field.name));
  return parts.flatMap((part) => {
    const name = part.name.replace(/\W/g, '_');
    if (!/^[A-Za-z]\w{0,62}$/.test(name) || taken.has(name)) return [];
    taken.add(name);
    return [{ ...part, name }];
  });
}

const titlePatterns = [
  /^(name|subject|title|label)$/i,
  /^(full|display|last)_?name$/i,
  /(name|subject|title)(__c)?$/i,
  /number$/i,
];

/** The field that names a record; its key when nothing else does. */
export function titleOf(stream: DraftStream): DraftField {
  const fields = listed(stream).filter((field) => !field.refersTo?.length);
  const [first, ...others] = titlePatterns;
  const people =
    fields.some((field) => /^last_?name$/i.test(field.name)) &&
    !fields.some((field) => /^name$/i.test(field.name));
  for (const pattern of people ? [...others, first!] : titlePatterns) {
    const found = fields.find((field) => pattern.test(field.name));
    if (found) return found;
  }
  return (
    fields.find((field) => stream.description.key.includes(field.name)) ?? fields[0] ?? stream.fields[0]!
  );
}

const filterable = 6;

function metadataOf(root: DraftStream) {
  const names = new Set<string>();
  return listed(root).flatMap((field) => {
    const type = /^(date|datetime|timestamp)/i.test(field.type)
      ? 'instant'
      : /^bool/i.test(field.type)
        ? 'boolean'
        : undefined;
    if (type === undefined && !/^picklist$/i.test(field.type)) return [];
    const name = bare(field.name)
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toLowerCase();
    if (!/^[a-z][a-z0-9_]{0,79}$/.test(name) || reservedMetadataNames.has(name) || names.has(name)) return [];
    if (names.size >= filterable || /^currency/i.test(name)) return [];
    names.add(name);
    return [{ name, field: field.name, ...(type === undefined ? {} : { type }) }];
  });
}
