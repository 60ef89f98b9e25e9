import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../../connectors/azure-ai-search/emulator/index.ts';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import {
  startSalesforceEmulator,
  type SalesforceEmulator,
} from '../../../connectors/salesforce/emulator/index.ts';
import {
  startSnowflakeEmulator,
  type SnowflakeEmulator,
} from '../../../connectors/snowflake/emulator/index.ts';
import type { LoopbackRequest, LoopbackServer } from '../../../core/testing/loopback-server.ts';
import { confidential, forbidden, invoicesTable, salesforceTables, snowflakeTables } from './company.ts';

/** The moment at which a process dies: at the n-th request of its run, or the n-th that changes a plane. */
export interface Death {
  readonly atRequest: number;
  readonly of: 'all' | 'changes';
  /** The request never arrives; it is handled and its answer is lost; or all goes well for so many milliseconds more. */
  readonly how: 'before' | 'after' | number;
  readonly die: () => void;
}

/** Both sources and both planes in this process, which outlives the ones that are killed. */
export interface Services {
  readonly salesforce: SalesforceEmulator;
  readonly snowflake: SnowflakeEmulator;
  readonly bedrock: BedrockEmulator;
  readonly azure: AzureAiSearchEmulator;
  readonly env: Readonly<Record<string, string>>;
  /** Requests since the last call of `watch`. */
  readonly requests: number;
  /** Counts from none again, and waits for a death or for none. */
  watch(death?: Death): void;
  /** What was ever sent to a plane that must not be. */
  readonly leaks: readonly string[];
  now(): number;
  /** The sources' clock goes on: what has changed lies behind the margin of a read. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export async function startVendors(): Promise<Services> {
  let ahead = 0;
  const now = (): number => Date.now() + ahead;
  const start = new Date(now() - 3_600_000).toISOString();
  const salesforce = await startSalesforceEmulator({ tables: salesforceTables, now, limits: false });
  const snowflake = await startSnowflakeEmulator({
    tables: snowflakeTables(start),
    changeTracking: [invoicesTable],
    now,
    limits: false,
  });
  const bedrock = await startBedrockEmulator({
    limits: false,
    timings: { pendingMs: 5, progressMs: 10, indexedMs: [20, 120], deletedMs: [20, 80] },
  });
  const azure = await startAzureAiSearchEmulator();
  const leaks: string[] = [];
  let death: Death | undefined;
  let requests = 0;
  let changes = 0;

  const look = (plane: 'bedrock' | 'azure', { path, body }: LoopbackRequest): void => {
    const sent = body.toString('utf8');
    if (sent.includes(forbidden)) leaks.push(`${plane} ${path}: ${forbidden}`);
    if (plane === 'azure' && sent.includes(confidential)) leaks.push(`azure ${path}: ${confidential}`);
  };
  /** Stands before every other fault: each request is counted, and meets its death first. */
  const gate = (server: LoopbackServer, plane?: 'bedrock' | 'azure'): void => {
    let dying: Death['how'] | undefined;
    server.fault({
      when(request) {
        dying = undefined;
        if (plane) look(plane, request);
        requests++;
        const isChange = plane !== undefined && changesPlane(request);
        if (isChange) changes++;
        if (!death || (death.of === 'changes' && !isChange)) return false;
        if ((death.of === 'changes' ? changes : requests) !== death.atRequest) return false;
        dying = death.how;
        if (typeof dying === 'number') setTimeout(death.die, dying);
        else death.die();
        return dying === 'before';
      },
      effect: { kind: 'cut-before' },
    });
    server.fault({ when: () => dying === 'after', effect: { kind: 'cut-after' } });
  };
  gate(salesforce.server);
  gate(snowflake.server);
  gate(bedrock.server, 'bedrock');
  gate(bedrock.runtimeServer);
  gate(azure.server, 'azure');
  return {
    salesforce,
    snowflake,
    bedrock,
    azure,
    env: { ...salesforce.env, ...snowflake.env, ...bedrock.env, ...azure.env },
    get requests() {
      return requests;
    },
    watch(next) {
      death = next;
      requests = 0;
      changes = 0;
    },
    leaks,
    now,
    advance: (ms) => void (ahead += ms),
    async close() {
      await Promise.all([salesforce, snowflake, bedrock, azure].map((one) => one.close()));
    },
  };
}

const changesPlane = ({ method, path }: LoopbackRequest): boolean =>
  (method === 'PUT' && path.includes('/documents')) || /deleteDocuments|search\.index$/.test(path);
