import type { Page } from '../../core/contract/source.ts';
import { bulkRows, type NotByBulk } from './bulk-rows.ts';
import type { BulkPosition, SalesforceCursor } from './cursor.ts';
import type { WindowRead } from './read-window.ts';
import { sortRecords } from './records.ts';
import { rowsQuery } from './soql.ts';
import { selectsOf } from './stream-shape.ts';

/** A window by a bulk job. Each page's cursor names the job and the place in its result. */
export async function* readBulk(
  read: WindowRead,
): AsyncGenerator<Page<SalesforceCursor>, NotByBulk | undefined> {
  const { shape, config, order, conditions, window, progress, asOf, signal } = read;
  const { object } = shape;
  const { after: _, ...open } = progress;
  const at = (job: BulkPosition): SalesforceCursor => ({
    ...open,
    ...(window.after ? { after: window.after } : {}),
    job,
  });
  const query = { object, fields: selectsOf(shape), cursor: order, conditions, ...window };
  const batches = bulkRows(read, {
    object,
    soql: rowsQuery(query),
    scanAll: shape.hasIsDeleted,
    types: shape.types,
    batchRows: config.pageSize,
    asOf,
    signal,
    resume: window.job,
  });
  let began = asOf;
  try {
    for (;;) {
      const step = await batches.next();
      if (step.done) return step.value;
      const { rows, position } = step.value;
      began = position?.asOf ?? began;
      const cursor = position ? at(position) : progress;
      yield { asOf: began, ...sortRecords(rows, shape), cursor };
    }
  } finally {
    await batches.return(undefined);
  }
}
