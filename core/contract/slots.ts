import type { Json } from './json.ts';

/** A slot of a destination, as the service tells. */
export interface SlotDescription {
  readonly name: string;
  /** Agents that ask by the destination's pointer are led here. */
  readonly active: boolean;
  readonly documents?: number;
}
export interface Activation {
  /** The service may lead some questions to the former slot for so long. */
  readonly settlesWithinMs?: number;
}

/**
 * Several slots of one destination side by side: agents are led to one of them. Every method may be called again after a
 * failure in between, and then finishes. Reads and writes of documents go through the destination itself.
 */
export interface DestinationSlots {
  /** Of the slot that the destination is bound to: what `create` takes. */
  readonly name: string;
  /** The same slot as a person finds it in the service: `index corvane-2`. */
  readonly label: string;
  /** What agents may have bound in place of the pointer; they are not led elsewhere with it. */
  readonly binding?: { readonly what: string; readonly value: string };
  /** Whether another slot can stand beside this one; throws `ConfigError` that names the setting which is missing. */
  check(): Promise<void>;
  list(): Promise<readonly SlotDescription[]>;
  /** The name of the slot that agents are led to, read from the pointer alone: every run asks. Absent without a pointer. */
  led(): Promise<string | undefined>;
  /** The name of a slot that is none of `taken`. Makes nothing: `apply` of the destination bound to it does. */
  open(taken: readonly string[]): Promise<string>;
  /** Leads agents to this slot. Activating the former one is the way back. */
  activate(): Promise<Activation>;
  /** Deletes what the slot holds, and the slot where it is ours. Refused while agents are led to it. */
  retire(): Promise<void>;
}

/** Settings that a slot keeps while another stands beside it, although the configuration has changed since. */
export interface SlotSettings<Config> {
  /** What is kept: every setting that `profile` or the shape of the slot depends on. Holds no secret. */
  of(config: Config): Json;
  with(config: Config, kept: Json): Config;
}
