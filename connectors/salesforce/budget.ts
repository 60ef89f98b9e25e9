import type { Context } from '../../core/contract/context.ts';
import { usedUp } from './errors.ts';

/** Requests of the whole org in the last 24 hours and their limit. */
export interface ApiUsage {
  readonly used: number;
  readonly limit: number;
}

/** Keeps this source within its share of the daily API requests, which the org's other applications need too. */
export interface Budget {
  note(usage: ApiUsage | undefined): void;
  usage(): ApiUsage | undefined;
  /** Before each request of a read: waits a little when the share is nearly used up, throws `PauseError` when it is. */
  pass(): Promise<void>;
  /** What a person should know, once the share is nearly used up. */
  notice(): string | undefined;
}

/** From this part of the share on, requests leave more slowly. */
const near = 0.9;
const longestWaitMs = 10_000;

export function createBudget(share: number, context: Context): Budget {
  let usage: ApiUsage | undefined;
  let warned = false;
  const told = ({ used, limit }: ApiUsage): string =>
    `${used} of the ${limit} daily API requests of the Salesforce org are used`;
  return {
    note(latest) {
      usage = latest ?? usage;
      if (warned || !usage || usage.used < usage.limit * share * near) return;
      warned = true;
      context.log.warn("This source's share of the daily API requests of Salesforce is nearly used up", {
        ...usage,
        share,
      });
    },
    usage: () => usage,
    async pass() {
      if (!usage || usage.limit === 0) return;
      const own = usage.limit * share;
      if (usage.used >= own) {
        throw usedUp(
          `${told(usage)}: this source stops at ${Math.floor(own)} and leaves the rest to other applications`,
          context.now(),
        );
      }
      const spent = (usage.used / own - near) / (1 - near);
      if (spent > 0) await context.sleep(Math.round(longestWaitMs * spent));
    },
    notice() {
      if (!usage || usage.used < usage.limit * share * near) return undefined;
      return `${told(usage)}; requests leave more slowly, and this source stops at ${Math.floor(usage.limit * share)}`;
    },
  };
}
