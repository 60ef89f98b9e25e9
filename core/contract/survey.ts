import type { Json } from './json.ts';

/** Something that a destination stands on, and what can be seen of it without changing anything. */
export interface Finding {
  readonly what: string;
  /** `advice`: it works and could be better. `problem`: a person must act. `unseen`: it cannot be told from here. */
  readonly status: 'fine' | 'advice' | 'problem' | 'unseen';
  readonly detail: string;
  readonly hint?: string;
}

/** What somebody must be allowed at the vendor, and no more, in the form in which the vendor is told. */
export interface Grant {
  /** Short, for the command line: `tributary`, `agents`. */
  readonly name: string;
  /** Whose it is: `the role that Tributary runs under`. */
  readonly to: string;
  readonly policy: Json;
}

/** A line for the configuration, and what it brings. */
export interface SuggestedSetting {
  readonly line: string;
  readonly why: string;
}

/** What `tributary provision` shows beside the plan of a slot. */
export interface Survey {
  readonly findings: readonly Finding[];
  readonly settings?: readonly SuggestedSetting[];
  /** Replace those of the connector by name: exact where the service has told what the configuration does not. */
  readonly grants?: readonly Grant[];
}
