import { definitionsStream } from '../core/config/definitions.ts';
import { canonicalJson, sha256 } from '../core/documents/index.ts';
import type { SourceConfig } from '../core/config/config.ts';
import type { Json, JsonObject } from '../core/contract/json.ts';
import type { FieldDescription, Page, Source, Stream, StreamDescription } from '../core/contract/source.ts';

/** A source is asked for its descriptions at most this often. */
const everyMs = 6 * 3_600_000;
const maxValues = 50;

interface DefinitionsCursor {
  readonly v: 1;
  /** What was described, and when (milliseconds). */
  readonly names: readonly string[];
  /** Fields and options of what was described: other ones are described at once. */
  readonly asked?: string;
  readonly at: number;
}

/**
 * Gives a source the stream `definitions`: its own descriptions of the streams configured, as records like any other.
 * Only fields on a stream's allow-list are described.
 */
export function withDefinitions(source: Source, config: SourceConfig, now: () => number): Source {
  if (!config.streams[definitionsStream]) return source;
  const described = Object.values(config.streams).filter((stream) => stream.name !== definitionsStream);
  const isOwn = (stream: Stream): boolean => stream.name === definitionsStream;

  async function* readDefinitions(from: DefinitionsCursor | undefined): AsyncIterable<Page> {
    const names = described.map((stream) => stream.name).sort();
    const asked = sha256(
      canonicalJson(described.map(({ name, fields, options }) => [name, [...fields], options as Json])),
    );
    const isSame = from !== undefined && from.asked === asked;
    if (isSame && now() - from.at < everyMs) return;
    const descriptions = source.describe ? await source.describe(described) : await source.discover(names);
    yield {
      asOf: new Date(now()).toISOString(),
      records: descriptions.flatMap((description) => {
        const stream = described.find((one) => one.name === description.name);
        return stream ? [{ key: stream.name, data: definitionOf(description, stream.fields) }] : [];
      }),
      deleted: (from?.names ?? []).filter((name) => !names.includes(name)),
      cursor: { v: 1, names, asked, at: now() } satisfies DefinitionsCursor,
    };
  }
  return {
    ...source,
    identity: () => source.identity(),
    discover: (names) => source.discover(names),
    ...(source.describe ? { describe: (streams: readonly Stream[]) => source.describe!(streams) } : {}),
    check: (streams) => source.check(streams.filter((stream) => !isOwn(stream))),
    read: (request) =>
      isOwn(request.stream)
        ? readDefinitions(request.from as unknown as DefinitionsCursor | undefined)
        : source.read(request),
    shape: async (stream): Promise<Json> => (isOwn(stream) ? null : ((await source.shape?.(stream)) ?? null)),
    ...(source.partitions
      ? { partitions: async (stream: Stream) => (isOwn(stream) ? undefined : source.partitions!(stream)) }
      : {}),
  };
}

/** What the words of a stream mean, in text that stays the same while the source's descriptions do. */
export function definitionOf(description: StreamDescription, allowed: readonly string[]): JsonObject {
  const fields = description.fields.filter((field) => allowed.includes(field.name));
  return {
    name: description.name,
    label: description.label ?? description.name,
    comment: description.comment ?? null,
    fields: fields.map(lineOf).join('\n'),
    count: fields.length,
  };
}

function lineOf(field: FieldDescription): string {
  const sentences = [
    field.help,
    field.calculated ? 'It is calculated.' : undefined,
    field.refersTo && field.refersTo.length > 0 ? `It refers to ${field.refersTo.join(', ')}.` : undefined,
    valuesOf(field),
  ].filter((sentence) => sentence !== undefined && sentence.trim() !== '');
  const name =
    field.label && field.label !== field.name
      ? `${field.label} (${field.name}, ${field.type})`
      : `${field.name} (${field.type})`;
  return `- ${name}${sentences.length > 0 ? `: ${sentences.map((sentence) => oneLine(sentence!)).join(' ')}` : ''}`;
}

function valuesOf({ values }: FieldDescription): string | undefined {
  if (!values || values.length === 0) return undefined;
  const shown = values
    .slice(0, maxValues)
    .map(({ value, label }) => (label === value ? value : `${value} (${label})`));
  const more = values.length > maxValues ? `, and ${values.length - maxValues} more` : '';
  return `One of: ${shown.join(', ')}${more}.`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
