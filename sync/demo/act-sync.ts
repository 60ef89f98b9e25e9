import { setImmediate as breathe } from 'node:timers/promises';
import { formatMany } from '../../core/observe/format.ts';
import { renderReport, type RenderOptions } from '../../core/observe/render-report.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { openAccounts, unfinished } from './expectations.ts';
import { readHoldings, watchChangeRequests, type Holdings } from './holdings.ts';
import { expect, type Stage } from './stage.ts';

/** One sync, shown while it works and as tables when it has ended. */
export async function playSync(stage: Stage, tables: RenderOptions['tables'] = []): Promise<RunReport> {
  const { tributary, display, screen, signal } = stage;
  let report: RunReport;
  try {
    report = await tributary.sync();
  } finally {
    display.clear();
  }
  await breathe();
  signal.throwIfAborted();
  screen.write(`${renderReport(report, { colors: screen.colors, tables }).trimEnd()}\n`);
  return report;
}

/** Everything is read and written once. */
export async function playFirstSync(stage: Stage, documents: number | undefined): Promise<RunReport> {
  const { screen } = stage;
  screen.act('First sync', 'tributary sync');
  const report = await playSync(stage, ['streams', 'kinds', 'joins', 'destinations']);
  const read = report.streams.reduce((sum, one) => sum + one.read, 0);
  expect(
    stage,
    `Every row of the sources was read, once: ${formatMany(read, 'record')}`,
    unread(stage, report),
  );
  expectAccounts(stage, report);
  const held = report.destinations[0]?.held ?? 0;
  const wanted = documents ?? report.kinds.reduce((sum, one) => sum + one.composed, 0);
  const wrong = report.destinations.filter((one) => one.held !== wanted);
  expect(stage, `${both(stage)} hold all ${formatMany(held, 'document')}`, [
    ...wrong.map((one) => `${one.destination} holds ${one.held} of ${wanted}`),
    ...unfinished(report),
  ]);
  return report;
}

/** Nothing has changed, so nothing is sent. */
export async function playSilentSync(stage: Stage): Promise<RunReport> {
  const { screen, services } = stage;
  screen.act('Nothing changes: nothing is written', 'tributary sync');
  const countRequests = watchChangeRequests(services);
  const report = await playSync(stage, ['destinations']);
  const sent = countRequests();
  expectAccounts(stage, report);
  expect(stage, 'Nothing was written, and the services received no request to change anything', [
    ...report.destinations.flatMap((one) =>
      one.written + one.deleted > 0
        ? [`${one.destination}: ${one.written} written, ${one.deleted} deleted`]
        : [],
    ),
    ...(sent > 0 ? [`${formatMany(sent, 'request')} to change documents`] : []),
    ...unfinished(report),
  ]);
  return report;
}

export function expectAccounts(stage: Stage, report: RunReport): void {
  expect(stage, 'The figures add up, for each stream and for each destination', openAccounts(report));
}

/** `Both planes`, or how many there are. */
export function both({ tributary }: Stage): string {
  const count = Object.keys(tributary.config.destinations).length;
  return count === 2 ? 'Both planes' : `All ${count} planes`;
}

/** Streams that did not show every row of their object or table. */
function unread({ input, tributary }: Stage, report: RunReport): string[] {
  return report.streams.flatMap((one) => {
    const dot = one.stream.indexOf('.');
    const source = tributary.config.sources[one.stream.slice(0, dot)];
    const name = one.stream.slice(dot + 1);
    const { table } = (source?.streams[name]?.options ?? {}) as { readonly table?: string };
    const found = [...input.salesforce, ...input.snowflake].find(
      (tableOf) => tableOf.name.toUpperCase() === (table ?? name).toUpperCase(),
    );
    if (!found || one.read === found.rows.length) return [];
    return [`${one.stream}: ${one.read} of ${found.rows.length} rows read`];
  });
}

/** What each destination holds, by its name. */
export function holdingsByDestination({ tributary, services }: Stage): ReadonlyMap<string, Holdings> {
  const found = new Map<string, Holdings>();
  for (const destination of Object.values(tributary.config.destinations)) {
    const holdings = readHoldings(destination, services);
    if (holdings) found.set(destination.name, holdings);
  }
  return found;
}
