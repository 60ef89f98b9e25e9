import type { Lease } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { Page, Usage } from '../core/contract/source.ts';
import { addUsage, noStreamCounts, type StreamCounts } from '../core/observe/report.ts';
import type { ErrorBudget } from './error-budget.ts';
import type { World } from './world.ts';

/** Records written in one transaction at the most. */
const stepRecords = 2000;
const maxNotices = 20;

/** One pull of one stream. */
export interface Pull {
  readonly world: World;
  readonly stream: StreamConfig;
  readonly lease: Lease;
  readonly counts: StreamCounts;
  readonly notices: Set<string>;
  /** By what was used. */
  readonly usage: Map<string, Usage>;
  /** Of the run; absent where single records are asked for. */
  readonly budget?: ErrorBudget;
}

export function beginPull(world: World, stream: StreamConfig, lease: Lease, budget?: ErrorBudget): Pull {
  return {
    world,
    stream,
    lease,
    counts: noStreamCounts(),
    notices: new Set(),
    usage: new Map(),
    ...(budget === undefined ? {} : { budget }),
  };
}

/** Commits a page; a large one in several transactions, of which the last has the cursor. */
export function savePage(
  pull: Pull,
  page: Page,
  how: { readonly bulk: boolean; readonly partition?: string | undefined },
): void {
  const { world, stream, lease, counts, notices } = pull;
  const asOf = new Date(page.asOf).toISOString();
  spendBudget(pull, page);
  for (const { key, reason } of page.unreadable ?? []) {
    world.observe({
      type: 'record-quarantined',
      stream: stream.id,
      ...(key === undefined ? {} : { key }),
      reason,
    });
  }
  for (const notice of page.notices ?? []) if (notices.size < maxNotices) notices.add(notice);
  for (const used of page.usage ?? []) addUsage(pull.usage, used);
  let from = 0;
  do {
    const records = page.records.slice(from, from + stepRecords);
    from += stepRecords;
    const last = from >= page.records.length;
    const became = world.catalog.streams.savePage(lease, stream.id, {
      asOf,
      records,
      fields: stream.fields,
      deleted: last ? (page.deleted ?? []) : [],
      merged: last ? (page.merged ?? []) : [],
      unreadable: last ? (page.unreadable ?? []) : [],
      keepPayload: world.config.catalog.quarantinePayload ?? false,
      cursor: last ? page.cursor : undefined,
      partition: how.partition,
      bulk: how.bulk,
    });
    for (const name of Object.keys(became) as (keyof StreamCounts)[]) counts[name] += became[name];
  } while (from < page.records.length);
  world.observe({ type: 'page-pulled', stream: stream.id, counts: { ...counts } });
}

/** Too many unreadable records stop the stream before the page is stored: the cursor stays, and nothing is passed over. */
function spendBudget({ stream, budget }: Pull, page: Page): void {
  const keyless = page.records.filter((one) => one.key === '').length;
  const rejected = keyless + (page.unreadable?.length ?? 0);
  const good = page.records.length - keyless + (page.deleted?.length ?? 0);
  if (budget?.wouldExceed(good, rejected)) {
    const example = page.unreadable?.[0]?.reason ?? 'the record has no key';
    throw new ConfigError(
      'TOO_MANY_UNREADABLE',
      `${budget.describe(good, rejected)} records of ${stream.id} cannot be read: ${example}`,
      {
        where: 'limits.maxRejected',
        hint: 'correct the cause at the source; the next run reads from the same place. If so many are to be expected, raise limits.maxRejected',
      },
    );
  }
  budget?.spend(good, rejected);
}
