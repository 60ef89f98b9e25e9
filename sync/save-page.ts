import type { Lease } from '../core/catalog/index.ts';
import type { StreamConfig } from '../core/config/config.ts';
import type { Page } from '../core/contract/source.ts';
import type { StreamCounts } from '../core/observe/report.ts';
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
}

/** Commits a page; a large one in several transactions, of which the last has the cursor. */
export function savePage(
  pull: Pull,
  page: Page,
  how: { readonly bulk: boolean; readonly partition?: string | undefined },
): void {
  const { world, stream, lease, counts, notices } = pull;
  const asOf = new Date(page.asOf).toISOString();
  for (const { key, reason } of page.unreadable ?? []) {
    world.observe({
      type: 'record-quarantined',
      stream: stream.id,
      ...(key === undefined ? {} : { key }),
      reason,
    });
  }
  for (const notice of page.notices ?? []) if (notices.size < maxNotices) notices.add(notice);
  let from = 0;
  do {
    const records = page.records.slice(from, from + stepRecords);
    from += stepRecords;
    const last = from >= page.records.length;
    const became = world.catalog.streams.savePage(lease, stream.id, {
      asOf,
      records,
      deleted: last ? (page.deleted ?? []) : [],
      merged: last ? (page.merged ?? []) : [],
      unreadable: last ? (page.unreadable ?? []) : [],
      cursor: last ? page.cursor : undefined,
      partition: how.partition,
      bulk: how.bulk,
    });
    for (const name of Object.keys(became) as (keyof StreamCounts)[]) counts[name] += became[name];
  } while (from < page.records.length);
  world.observe({ type: 'page-pulled', stream: stream.id, counts: { ...counts } });
}
