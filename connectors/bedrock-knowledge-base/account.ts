import { hash } from 'node:crypto';
import type { Context } from '../../core/contract/context.ts';
import type { BedrockConfig } from './config.ts';
import { createTurns, paceOf, retrievesPerSecond, type Pace, type Turns } from './pace.ts';
import { createPeers, type Peers } from './peers.ts';

type Operation = 'ingest' | 'remove' | 'get' | 'list' | 'retrieve';

/** What the destinations of one process share that write to one AWS account and region: its quotas count them together. */
export interface Account {
  readonly paces: Readonly<Record<Operation, Pace>>;
  /** The part of the requests under way that this destination may have. */
  share(inFlight: number): number;
  /** Called before it writes: it counts as busy for a minute, here and for the other processes of this machine. */
  busy(): Promise<void>;
  release(): Promise<void>;
}
interface Entry {
  readonly key: string;
  readonly now: Context['now'];
  readonly users: Set<{ busyAt: number }>;
  readonly peers: Peers;
  readonly turns: Readonly<Record<Operation, Turns>>;
}

const busyMs = 60_000;
/** https://docs.aws.amazon.com/general/latest/gr/bedrock.html : the quotas hold for an account in a region. */
const accounts = new Set<Entry>();

/** Destinations with the same credentials, region, address and pace share it, until the last of them lets go. */
export function shareAccount(config: BedrockConfig, context: Context): Account {
  const { region, endpoint, credentials, requestsPerSecond } = config;
  const account = JSON.stringify([region, endpoint, credentials?.accessKeyId]);
  const key = `${account} ${requestsPerSecond}`;
  const known = [...accounts].find((one) => one.key === key && one.now === context.now);
  const entry = known ?? createEntry({ key, account, requestsPerSecond, now: context.now });
  accounts.add(entry);
  const user = { busyAt: -Infinity };
  entry.users.add(user);
  const pace = (operation: Operation): Pace => paceOf(entry.turns[operation], context.sleep);
  return {
    paces: {
      ingest: pace('ingest'),
      remove: pace('remove'),
      get: pace('get'),
      list: pace('list'),
      retrieve: pace('retrieve'),
    },
    share(inFlight) {
      const busy = [...entry.users].filter((one) => one === user || one.busyAt > context.now() - busyMs);
      return Math.max(1, Math.floor(inFlight / busy.length / entry.peers.count()));
    },
    async busy() {
      user.busyAt = context.now();
      await entry.peers.refresh();
    },
    async release() {
      entry.users.delete(user);
      if (entry.users.size > 0) return;
      accounts.delete(entry);
      await entry.peers.leave();
    },
  };
}

function createEntry(options: {
  readonly key: string;
  /** Found by others whatever pace they are set to. */
  readonly account: string;
  readonly requestsPerSecond: number;
  readonly now: Context['now'];
}): Entry {
  const { key, account, requestsPerSecond, now } = options;
  const peers = createPeers({ now, account: hash('sha256', account) });
  const turns = (perSecond = requestsPerSecond): Turns => createTurns({ perSecond, now, peers: peers.count });
  return {
    key,
    now,
    users: new Set(),
    peers,
    turns: {
      ingest: turns(),
      remove: turns(),
      get: turns(),
      list: turns(),
      retrieve: turns(retrievesPerSecond),
    },
  };
}
