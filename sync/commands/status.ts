import type { QuarantineEntry } from '../../core/catalog/index.ts';
import { formatCount, formatMany, formatSeconds, oneLine } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderStaged } from '../../core/observe/render-staged.ts';
import { renderJoins, warningLines } from '../../core/observe/render-report.ts';
import type { RunReport } from '../../core/observe/report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import type { Status } from '../status.ts';
import { exitCodes } from './exit-codes.ts';
import { goesOn, procedureName, slotStates } from './render-slots.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { withSession } from './session.ts';

export const runStatus = (options: GlobalOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const status = await tributary.status();
    if (options.json) writeJson(status);
    else writeText(renderStatus(status, colors));
    return exitCodes.ok;
  });

const shownIds = 5;

const right = (title: string): Column => ({ title, align: 'right' });

function renderStatus(status: Status, colors: boolean): string {
  const palette = createPalette(colors);
  const { bold, dim, yellow } = palette;
  const streams = status.streams.map((one) => [
    one.stream,
    formatCount(one.records),
    one.asOf ?? dim('never read'),
    one.complete || one.asOf === undefined ? '' : yellow('first read not finished'),
  ]);
  const kinds = Object.entries(status.documents).map(([kind, count]) => [kind, formatCount(count)]);
  const destinations = status.destinations.map((one) => [
    one.destination,
    ...[one.held, one.open, one.inDoubt, one.staged].map(formatCount),
    one.state === undefined ? '' : dim(slotStates[one.state]),
  ]);
  const lastRun = status.lastRun as RunReport | undefined;
  return [
    formatTable([{ title: 'Streams' }, right('records'), { title: 'as of' }, { title: '' }], streams, {
      title: bold,
    }),
    kinds.length === 0 ? '' : formatTable([{ title: 'Kinds' }, right('documents')], kinds, { title: bold }),
    formatTable(
      [
        { title: 'Destinations' },
        right('held'),
        right('open'),
        right('in doubt'),
        right('staged'),
        { title: '' },
      ],
      destinations,
      {
        title: bold,
      },
    ),
    reindexLine(status, palette),
    lastRun === undefined ? '' : renderJoins(lastRun, colors),
    [
      ...(lastRun === undefined ? [] : warningLines(lastRun, palette)),
      ...absentLines(lastRun, palette),
      ...stagedLines(status, palette),
    ].join('\n'),
    quarantineLines(status, palette),
    lastRunLine(lastRun, palette),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

function reindexLine({ reindex }: Status, { yellow }: Palette): string {
  if (reindex === undefined) return '';
  const since = `${reindex.startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  return `${yellow('!')} A ${procedureName(reindex.verb)} is under way since ${since}\n    → ${goesOn(reindex)}\n    → \`tributary slots\` tells where it stands.`;
}

/** Records that looked gone when their stream was last listed, and that the guard holds back. */
function absentLines(run: RunReport | undefined, { bold, dim, yellow }: Palette): string[] {
  return (run?.streams ?? []).flatMap(({ stream, reconciled }) => {
    if (!reconciled || reconciled.staged === 0) return [];
    const keys = (reconciled.stagedKeys ?? []).slice(0, shownIds);
    return [
      [
        `${yellow('!')} ${bold(stream)}: ${formatMany(reconciled.staged, 'record')} held back by the delete guard: they look gone`,
        ...keys.map((key) => dim(`    ${oneLine(key)}`)),
        ...(reconciled.staged > keys.length ? [dim('    …')] : []),
        `    → Look at the source: a lost permission looks the same; tributary sync --accept-deletes ${stream} lets them pass.`,
      ].join('\n'),
    ];
  });
}

/** What the guard holds back: counts, why, the first ids, and what to do. */
function stagedLines({ destinations }: Status, { bold, dim, yellow }: Palette): string[] {
  return destinations.flatMap(({ destination, staged, stagedDeletes }) =>
    renderStaged(staged, stagedDeletes).map(({ what, remedy, ids }) =>
      [
        `${yellow('!')} ${bold(destination)}: ${what}`,
        ...ids.slice(0, shownIds).map((id) => dim(`    ${id}`)),
        ...(staged > shownIds ? [dim('    …')] : []),
        `    → ${remedy}`,
      ].join('\n'),
    ),
  );
}

function quarantineLines({ quarantine, quarantined }: Status, { bold, dim, yellow }: Palette): string {
  if (quarantined === 0) return '';
  const entries = quarantine.map((one) => {
    const since = dim(`since ${one.since.slice(0, 16).replace('T', ' ')} UTC`);
    return `${yellow('!')} ${bold(placeOf(one))} ${since}\n    ${oneLine(one.reason)} ${dim(`(${one.code})`)}`;
  });
  const more = quarantined - quarantine.length;
  return [
    bold(`Quarantine: ${formatMany(quarantined, 'entry', 'entries')}`),
    ...entries,
    ...(more > 0 ? [dim(`  … and ${formatCount(more)} more`)] : []),
  ].join('\n');
}

const placeOf = (one: QuarantineEntry): string =>
  one.scope === 'record'
    ? `${one.stream ?? ''} ${one.key ?? '(no key)'}`
    : [one.destination, one.id ?? one.key ?? ''].filter((part) => part).join(' ');

function lastRunLine(run: RunReport | undefined, { bold, dim }: Palette): string {
  if (run === undefined) return dim('No run yet: `tributary sync` makes the first.');
  const sum = (name: 'written' | 'deleted'): number =>
    run.destinations.reduce((total, one) => total + one[name], 0);
  const what = `${formatCount(sum('written'))} written, ${formatCount(sum('deleted'))} deleted`;
  const when = `${run.startedAt.slice(0, 19).replace('T', ' ')} UTC`;
  return `${bold('Last run')} ${when}, ${formatSeconds(run.seconds)}: ${what} ${dim(`(${run.run.slice(0, 8)})`)}`;
}
