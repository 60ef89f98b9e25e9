import type { Context } from '../../core/contract/context.ts';
import type { BedrockConfig } from './config.ts';
import { createTurns, paceOf, retrievesPerSecond, type Pace, type Turns } from './pace.ts';

type Operation = 'ingest' | 'remove' | 'get' | 'list' | 'retrieve';

/** What the destinations of one process share that write to one AWS account and region: its quotas count them together. */
export interface Account {
  readonly paces: Readonly<Record<Operation, Pace>>;
  /** The part of the requests under way that this destination may have; it counts as busy from now on for a minute. */
  share(inFlight: number): number;
  /** The same, without becoming busy. */
  wouldShare(inFlight: number): number;
  release(): void;
}
interface Entry {
  readonly key: string;
  readonly now: Context['now'];
  readonly users: Set<{ busyAt: number }>;
  readonly turns: Readonly<Record<Operation, Turns>>;
}

const busyMs = 60_000;
/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html : the quotas hold for an account in a region. */
const accounts = new Set<Entry>();

/** Destinations with the same credentials, region, address and pace share it, until the last of them lets go. */
export function shareAccount(config: BedrockConfig, context: Context): Account {
  const { region, endpoint, credentials, requestsPerSecond } = config;
  const key = JSON.stringify([region, endpoint, credentials?.accessKeyId, requestsPerSecond]);
  const known = [...accounts].find((one) => one.key === key && one.now === context.now);
  const entry = known ?? createEntry(key, requestsPerSecond, context.now);
  accounts.add(entry);
  const user = { busyAt: -Infinity };
  entry.users.add(user);
  const wouldShare = (inFlight: number): number => {
    const busy = [...entry.users].filter((one) => one === user || one.busyAt > context.now() - busyMs);
    return Math.max(1, Math.floor(inFlight / busy.length));
  };
  const pace = (operation: Operation): Pace => paceOf(entry.turns[operation], context.sleep);
  return {
    paces: {
      ingest: pace('ingest'),
      remove: pace('remove'),
      get: pace('get'),
      list: pace('list'),
      retrieve: pace('retrieve'),
    },
    wouldShare,
    share(inFlight) {
      user.busyAt = context.now();
      return wouldShare(inFlight);
    },
    release() {
      entry.users.delete(user);
      if (entry.users.size === 0) accounts.delete(entry);
    },
  };
}

function createEntry(key: string, requestsPerSecond: number, now: Context['now']): Entry {
  const turns = (perSecond = requestsPerSecond): Turns => createTurns({ perSecond, now });
  return {
    key,
    now,
    users: new Set(),
    turns: {
      ingest: turns(),
      remove: turns(),
      get: turns(),
      list: turns(),
      retrieve: turns(retrievesPerSecond),
    },
  };
}
