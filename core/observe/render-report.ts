import { formatBytes, formatCount, formatMany, formatSeconds } from './format.ts';
import { createPalette, type Palette } from './palette.ts';
import type { Usage } from '../contract/source.ts';
import { renderStaged } from './render-staged.ts';
import {
  addUsage,
  type DestinationCounts,
  type DestinationReport,
  type Problem,
  type RunReport,
  type StreamCounts,
} from './report.ts';
import { formatTable, type Column } from './tables.ts';

export interface RenderOptions {
  readonly colors?: boolean;
  /** Which tables are shown between the headline and what needs attention; all of them when absent. */
  readonly tables?: readonly ('streams' | 'kinds' | 'joins' | 'destinations')[];
}

/** A run's report as a person reads it: figures that add up, then what needs attention and what to do about it. */
export function renderReport(report: RunReport, options: RenderOptions = {}): string {
  const palette = createPalette(options.colors ?? false);
  const tables = options.tables ?? ['streams', 'kinds', 'joins', 'destinations'];
  const sections = [
    headline(report, palette),
    tables.includes('streams') ? streamTable(report, palette) : '',
    tables.includes('kinds') ? kindTable(report, palette) : '',
    tables.includes('joins') ? joinLines(report, palette) : '',
    tables.includes('destinations') ? destinationTable(report, palette) : '',
    usageTable(report, palette),
    attention(report, palette),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const streamColumns = ['read', 'new', 'changed', 'unchanged', 'deleted', 'older', 'quarantined'] as const;
const destinationColumns = [
  'considered',
  'written',
  'deleted',
  'unchanged',
  'withheld',
  'quarantined',
  'pending',
  'staged',
  'deferred',
] as const;
/** These stand in every table; the others only where one of them is not zero. */
const always = new Set<string>(['read', 'new', 'changed', 'unchanged', 'deleted', 'considered', 'written']);

function headline(report: RunReport, { bold, dim, green, yellow, red }: Palette): string {
  const problems = problemsOf(report);
  const stopped = problems.some(({ problem }) => problem.next !== 'wait');
  const sum = (name: keyof DestinationCounts): number =>
    report.destinations.reduce((total, destination) => total + destination[name], 0);
  const ahead = (name: 'pending' | 'deferred'): number =>
    report.destinations.reduce((total, one) => total + (one.filling ? 0 : one[name]), 0);
  const open = ahead('pending') + ahead('deferred') + sum('staged');
  const refused = sum('quarantined') + report.streams.reduce((total, one) => total + one.quarantined, 0);
  const warned = report.destinations.filter((one) => one.warning).length;
  const mark = stopped ? red('✗') : problems.length + open + refused + warned > 0 ? yellow('!') : green('✓');
  const silent = sum('written') + sum('deleted') === 0;
  const would = report.dryRun ? 'would be ' : '';
  const counts = `${formatCount(sum('written'))} ${would}written, ${formatCount(sum('deleted'))} deleted`;
  const what = silent ? 'nothing to write' : counts;
  const kind = report.dryRun ? 'Dry run' : 'Run';
  return `${mark} ${bold(`${kind} finished in ${formatSeconds(report.seconds)}`)}: ${what} ${dim(`(${report.run.slice(0, 8)})`)}`;
}

function countTable<Name extends string>(
  title: string,
  names: readonly Name[],
  rows: readonly { label: string; counts: Readonly<Record<Name, number>>; more: readonly string[] }[],
  more: readonly string[],
  palette: Palette,
): string {
  if (rows.length === 0) return '';
  const shown = names.filter((name) => always.has(name) || rows.some((row) => row.counts[name] > 0));
  const columns: Column[] = [{ title }, ...[...shown, ...more].map((name) => right(name))];
  const cells = rows.map((row) => [
    row.label,
    ...shown.map((name) => figure(row.counts[name], name, palette)),
    ...row.more,
  ]);
  return formatTable(columns, cells, { title: palette.bold });
}

const right = (title: string): Column => ({ title, align: 'right' });

function figure(count: number, name: string, { dim, yellow }: Palette): string {
  if (count === 0) return dim('0');
  return ['quarantined', 'staged', 'deferred'].includes(name)
    ? yellow(formatCount(count))
    : formatCount(count);
}

const streamTable = (report: RunReport, palette: Palette): string =>
  countTable<keyof StreamCounts>(
    'Streams',
    streamColumns,
    report.streams.map((one) => ({ label: one.stream, counts: one, more: [formatSeconds(one.seconds)] })),
    ['time'],
    palette,
  );

const destinationTable = (report: RunReport, palette: Palette): string =>
  countTable<keyof DestinationCounts>(
    'Destinations',
    destinationColumns,
    report.destinations.map((one) => ({
      label: one.destination,
      counts: one,
      more: [formatCount(one.held), formatSeconds(one.seconds)],
    })),
    ['held', 'time'],
    palette,
  );

function kindTable({ kinds }: RunReport, { bold, dim, yellow }: Palette): string {
  if (kinds.length === 0) return '';
  const rows = kinds.map((kind) => {
    const leftOut = Object.entries(kind.leftOut).filter(([, count]) => count > 0);
    const notes = [
      ...leftOut.map(
        ([part, count]) => `${formatCount(count)} of ${part} left out: they would narrow its readers`,
      ),
      ...(kind.waitsFor.length > 0 ? [yellow(`waits for ${kind.waitsFor.join(', ')}`)] : []),
    ];
    return [kind.kind, kind.composed === 0 ? dim('0') : formatCount(kind.composed), notes.join('; ')];
  });
  return formatTable([{ title: 'Kinds' }, right('composed'), { title: '' }], rows, { title: bold });
}

function joinLines({ joins }: RunReport, { bold, dim, yellow }: Palette): string {
  if (joins.length === 0) return '';
  const rows = joins.map((join) => {
    const share = join.parents === 0 ? '' : `${Math.round((100 * join.parentsWithPart) / join.parents)} %`;
    const lonely = join.partRecordsWithoutParent;
    const all = lonely > 0 && lonely === join.partRecords;
    const note = `${formatCount(lonely)} of ${formatMany(join.partRecords, 'record')} found no parent`;
    return [
      `${join.kind} ← ${join.part}`,
      `${formatCount(join.parentsWithPart)} of ${formatCount(join.parents)}`,
      share,
      lonely === 0 ? '' : all ? yellow(`${note}: compare the two join fields`) : dim(note),
    ];
  });
  return formatTable([{ title: 'Joins' }, right('have it'), right(''), { title: '' }], rows, { title: bold });
}

/** What sources have used of something that is paid for, over all streams of a source. */
function usageTable({ streams }: RunReport, { bold }: Palette): string {
  const used = new Map<string, Usage>();
  for (const { stream, usage } of streams)
    for (const one of usage ?? []) addUsage(used, { ...one, of: `${stream.split('.')[0]} ${one.of}` });
  const rows = [...used.values()].map((one) => [
    one.of,
    formatCount(one.statements),
    formatBytes(one.bytesScanned),
    formatSeconds(one.seconds),
  ]);
  const columns = [{ title: 'Used' }, right('statements'), right('scanned'), right('time')];
  return rows.length === 0 ? '' : formatTable(columns, rows, { title: bold });
}

/** How well joins match, as `check` and `status` show it. */
export const renderJoins = (report: RunReport, colors = false): string =>
  joinLines(report, createPalette(colors));

const problemsOf = (report: RunReport): { at: string; problem: Problem }[] => [
  ...report.streams.flatMap((one) => (one.error ? [{ at: one.stream, problem: one.error }] : [])),
  ...report.destinations.flatMap((one) => (one.error ? [{ at: one.destination, problem: one.error }] : [])),
];

/** A problem with its place and its remedy, as every command shows it. */
export function renderProblem(at: string, problem: Problem, colors = false): string {
  const { bold, dim, red, yellow } = createPalette(colors);
  const mark = problem.next === 'wait' ? yellow('!') : red('✗');
  const remedy =
    problem.hint ??
    { act: undefined, wait: 'The next run tries again.', bug: 'Please report it.' }[problem.next];
  return [
    `${mark} ${bold(at)}: ${problem.message} ${dim(`(${problem.code})`)}`,
    ...(problem.where === undefined ? [] : [dim(`    at ${problem.where}`)]),
    ...(remedy === undefined ? [] : [`    → ${remedy}`]),
  ].join('\n');
}

function attention(report: RunReport, palette: Palette): string {
  const lines = problemsOf(report).map(({ at, problem }) =>
    renderProblem(at, problem, palette.red('x') !== 'x'),
  );
  for (const { stream, notices } of report.streams)
    for (const notice of notices ?? []) lines.push(`${palette.dim('·')} ${palette.bold(stream)}: ${notice}`);
  for (const stream of report.streams) {
    if (stream.quarantined > 0) {
      const what = `${formatMany(stream.quarantined, 'record')} quarantined; their last good documents stay`;
      lines.push(note(stream.stream, what, 'tributary quarantine lists them with their reasons.', palette));
    }
  }
  lines.push(...warningLines(report, palette));
  for (const destination of report.destinations) {
    for (const [what, remedy] of openWork(destination)) {
      lines.push(note(destination.destination, what, remedy, palette));
    }
  }
  return lines.join('\n');
}

/** What destinations are warned of, though their work is done, as a run and `status` show it. */
export const warningLines = ({ destinations }: RunReport, palette: Palette): string[] =>
  destinations.flatMap(({ destination, warning }) =>
    warning
      ? [
          note(
            destination,
            `${warning.message} (${warning.code})`,
            warning.hint ?? 'See `tributary check`.',
            palette,
          ),
        ]
      : [],
  );

const note = (at: string, what: string, remedy: string, { bold, yellow }: Palette): string =>
  `${yellow('!')} ${bold(at)}: ${what}.\n    → ${remedy}`;

function openWork(one: DestinationReport): (readonly [what: string, remedy: string])[] {
  const document = (count: number): string => formatMany(count, 'document');
  const work: [number, string, string][] = [
    [
      one.quarantined,
      `${document(one.quarantined)} refused`,
      'tributary quarantine lists them with their reasons.',
    ],
    [one.pending, `${document(one.pending)} still being indexed`, 'The next run confirms them.'],
    ...renderStaged(one.staged, one.stagedDeletes ?? []).map(({ what, remedy }): [number, string, string] => [
      one.staged,
      what,
      remedy,
    ]),
    one.filling
      ? [
          one.deferred,
          `is being filled, ${document(one.deferred)} to go`,
          '`tributary reindex --blue-green` goes on with it.',
        ]
      : [one.deferred, `${document(one.deferred)} left for later`, 'The next run goes on with them.'],
  ];
  return work.filter(([count]) => count > 0).map(([, what, remedy]) => [what, remedy] as const);
}
