import type { Tributary } from '../tributary.ts';
import type { SourceClock } from './clock.ts';
import type { Expectations } from './expectations.ts';
import type { Input } from './input.ts';
import type { RunDisplay } from './run-display.ts';
import type { Screen } from './screen.ts';
import type { Services } from './services.ts';

/** Everything that the acts work with. */
export interface Stage {
  readonly input: Input;
  readonly services: Services;
  readonly clock: SourceClock;
  readonly tributary: Tributary;
  readonly screen: Screen;
  readonly display: RunDisplay;
  readonly expectations: Expectations;
  readonly signal: AbortSignal;
}

/** Checks something, tells it on the screen and keeps it for the report. */
export function expect({ expectations, screen }: Stage, what: string, found: readonly string[]): void {
  screen.judge(expectations.expect(what, found));
}
