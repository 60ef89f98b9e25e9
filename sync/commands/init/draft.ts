import type { FieldDescription, StreamDescription } from '../../../core/contract/source.ts';
import type { DestinationStarter, SourceStarter } from './starters.ts';

export interface DraftField extends FieldDescription {
  /** Why it is not in the allow-list; undefined when it is. */
  readonly leftOut: string | undefined;
}
export interface DraftStream {
  /** The name under `streams:`. */
  readonly name: string;
  readonly source: string;
  readonly description: StreamDescription;
  readonly fields: readonly DraftField[];
  /** Undefined when a person has to say more before it can be read. */
  readonly settings: readonly string[] | undefined;
}
export interface DraftSource {
  readonly type: string;
  readonly starter: SourceStarter;
  /** Field names are the source's own, not examples. */
  readonly discovered: boolean;
  readonly streams: readonly DraftStream[];
}
export interface DraftDestination {
  readonly type: string;
  readonly starter: DestinationStarter;
}
export interface Draft {
  readonly namespace: string;
  readonly sources: readonly DraftSource[];
  readonly destinations: readonly DraftDestination[];
}

/** The fields that are listed: neither sensitive nor calculated, the key always. */
export const listed = (stream: DraftStream): readonly DraftField[] =>
  stream.fields.filter((field) => field.leftOut === undefined);

export function draftStreams(
  starter: SourceStarter,
  descriptions: readonly StreamDescription[],
): DraftStream[] {
  const taken = new Set<string>();
  return descriptions.map((description) => {
    const last = description.name.split('.').at(-1)!;
    const short = description.name.includes('.') ? last.toLowerCase() : last;
    const name = taken.has(short) ? description.name : short;
    taken.add(name);
    const fields = description.fields
      .filter((field) => description.key.includes(field.name) || !starter.omits(field))
      .map((field): DraftField => ({ ...field, leftOut: leftOut(field, description) }));
    const settings = starter.streamSettings(description);
    return { name, source: starter.name, description, fields, settings };
  });
}

/** A listed stamp would have documents written again that say nothing new. */
const stamp = /(^|_)(updated|modified|changed|synced|loaded|ingested)_?(at|on|date|time|timestamp)?$/i;
/** Classes that say: nothing special. */
const harmless = /^(public|internal)$/i;

function leftOut(field: FieldDescription, { key }: StreamDescription): string | undefined {
  if (key.includes(field.name)) return undefined;
  if (field.sensitivity !== undefined && !harmless.test(field.sensitivity)) return field.sensitivity;
  if (stamp.test(field.name)) return 'a stamp: it moves without the content';
  return field.calculated ? 'calculated: it changes without the record being stamped' : undefined;
}
