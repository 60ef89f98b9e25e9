import { cut, formatMany, pad } from '../../core/observe/format.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { formatTable } from '../../core/observe/tables.ts';
import type { DemoCompany } from '../../examples/demo-company/generate.ts';
import { demoChanges, type DemoChanges } from '../../examples/demo-company/changes.ts';
import { both, expectAccounts, holdingsByDestination, playSync } from './act-sync.ts';
import { unfinished } from './expectations.ts';
import { compareHoldings, kindAndKey, type Holdings } from './holdings.ts';
import { playChange } from './play-change.ts';
import type { Affected, ChangesInDemo } from './report.ts';
import { expect, type Stage } from './stage.ts';

const aheadMs = 120_000;

/** Something happens in the sources; a sync brings exactly that to the planes. */
export async function playChanges(
  stage: Stage,
  company: DemoCompany,
): Promise<{ report: RunReport; changes: ChangesInDemo }> {
  const { screen, clock, services } = stage;
  const demo = demoChanges(company, clock.now());
  screen.act('The sources change');
  for (const change of demo.changes) {
    playChange(change, services);
    const where = change.source === 'salesforce' ? 'Salesforce' : 'Snowflake';
    screen.write(`${screen.palette.cyan(pad(where, 10))}  ${change.what}`);
  }
  clock.advance(aheadMs);
  screen.write('');
  screen.say(
    "The sources' clocks are moved on by two minutes: a read stays a minute behind them, so that it overtakes no transaction under way.",
  );

  screen.act('Second sync: what is affected, and nothing else', 'tributary sync');
  const before = holdingsByDestination(stage);
  const report = await playSync(stage, ['streams', 'destinations']);
  const after = holdingsByDestination(stage);
  const found = Object.fromEntries(
    [...after].map(([name, holdings]) => [name, compareHoldings(before.get(name) ?? new Map(), holdings)]),
  );
  if (report.streams.some((one) => one.unchanged > 0)) {
    screen.say(
      'Rows shortly before the last read are read again, in case some were committed late: those are unchanged.',
    );
    screen.write('');
  }
  showAffected(stage, demo, found, before, after);
  expectAccounts(stage, report);
  expectExactly(stage, demo, found, report);
  return {
    report,
    changes: { made: demo.changes.map((one) => one.what), expected: expectedOf(demo), found },
  };
}

function expectedOf({ expectedDocuments }: DemoChanges): Affected {
  const names = (refs: DemoChanges['expectedDocuments']['written']): string[] =>
    refs.map(({ kind, key }) => `${kind}:${key}`);
  return { written: names(expectedDocuments.written), deleted: names(expectedDocuments.deleted) };
}

/** Names every document that changed on a plane, as the services themselves show it. */
function showAffected(
  { screen }: Stage,
  demo: DemoChanges,
  found: Readonly<Record<string, Affected>>,
  before: ReadonlyMap<string, Holdings>,
  after: ReadonlyMap<string, Holdings>,
): void {
  const { bold, dim, green, red } = screen.palette;
  const names = Object.keys(found);
  const expected = expectedOf(demo);
  const ids = [...new Set(Object.values(found).flatMap((one) => [...one.written, ...one.deleted]))];
  const rows = ids.map((id) => {
    const held = names.map((name) => after.get(name)?.get(id) ?? before.get(name)?.get(id)).find(Boolean);
    const what = names.map((name) =>
      found[name]?.written.includes(id)
        ? 'written'
        : found[name]?.deleted.includes(id)
          ? 'deleted'
          : dim('–'),
    );
    const isExpected = expected.written.includes(kindAndKey(id)) || expected.deleted.includes(kindAndKey(id));
    const width = screen.columns - 11 - 2 - 9 * names.length - 12;
    return [held?.kind ?? '', cut(held?.title ?? id, width), ...what, isExpected ? green('yes') : red('no')];
  });
  screen.write(
    formatTable(
      [{ title: 'Documents' }, { title: '' }, ...names.map((title) => ({ title })), { title: 'expected' }],
      rows,
      { title: bold },
    ),
  );
  screen.write('');
}

function expectExactly(
  stage: Stage,
  demo: DemoChanges,
  found: Readonly<Record<string, Affected>>,
  report: RunReport,
): void {
  const expected = expectedOf(demo);
  const [written, deleted] = [expected.written.length, expected.deleted.length];
  const wrong = Object.entries(found).flatMap(([name, affected]) => [
    ...apart(`${name}: written`, expected.written, affected.written.map(kindAndKey)),
    ...apart(`${name}: deleted`, expected.deleted, affected.deleted.map(kindAndKey)),
  ]);
  const counted = report.destinations
    .filter((one) => one.written !== written || one.deleted !== deleted)
    .map((one) => `${one.destination} reports ${one.written} written and ${one.deleted} deleted`);
  expect(
    stage,
    `${both(stage)} got exactly the ${formatMany(written, 'write')} and the ${formatMany(deleted, 'delete')} that the data calls for, as worked out without the engine`,
    [...wrong, ...counted, ...unfinished(report)],
  );
}

/** What is in one list and not in the other. */
function apart(what: string, expected: readonly string[], found: readonly string[]): string[] {
  const missing = expected.filter((one) => !found.includes(one));
  const extra = found.filter((one) => !expected.includes(one));
  return [
    ...(missing.length > 0 ? [`${what}: missing ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`${what}: unexpected ${extra.join(', ')}`] : []),
  ];
}
