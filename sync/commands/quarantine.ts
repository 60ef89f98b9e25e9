import type { QuarantineEntry } from '../../core/catalog/index.ts';
import { formatCount, formatMany, oneLine } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import type { RetryReport } from '../quarantine.ts';
import { renderPayload } from './render-payload.ts';
import { exitCodes, problemsExitCode, reportExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem, locateReport } from './locate.ts';
import { withSession } from './session.ts';

export interface QuarantineCommandOptions extends GlobalOptions {
  readonly ids?: readonly string[];
  readonly limit?: number;
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly payload?: boolean;
}

export const runQuarantineList = (options: QuarantineCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const list = await tributary.quarantine.list({ limit: options.limit ?? 100 });
    if (options.json) writeJson(list);
    else {
      const palette = createPalette(colors);
      const more = list.quarantined - list.entries.length;
      const title =
        list.quarantined === 0
          ? 'Nothing is quarantined.'
          : palette.bold(`Quarantine: ${formatMany(list.quarantined, 'entry', 'entries')}`);
      const rest = more > 0 ? [palette.dim(`… and ${formatCount(more)} more`)] : [];
      writeText([title, ...list.entries.map((one) => renderEntry(one, palette)), ...rest].join('\n'));
    }
    return exitCodes.ok;
  });

export const runQuarantineShow = (options: QuarantineCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const palette = createPalette(colors);
    const { payload = false } = options;
    const isKept = tributary.config.catalog.quarantinePayload ?? false;
    const entries = (
      await Promise.all((options.ids ?? []).map((name) => tributary.quarantine.show(name, { payload })))
    ).flat();
    if (options.json) writeJson({ entries });
    else {
      const shown = entries.map((one) =>
        [
          renderEntry(one, palette),
          `    ${whatStays(one)}`,
          `    → ${whatHelps(one)}`,
          ...(payload ? ['', renderPayload(one.payload, isKept, palette)] : []),
        ].join('\n'),
      );
      writeText(shown.join('\n\n'));
    }
    return exitCodes.ok;
  });

export const runQuarantineRetry = (options: QuarantineCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const report = await tributary.quarantine.retry({
      names: options.ids ?? [],
      all: options.all ?? false,
      dryRun: options.dryRun ?? false,
    });
    const run = report.run && locateReport(tributary.config, report.run);
    const problems = report.problems.map((one) => locateProblem(tributary.config, one));
    if (options.json) writeJson({ ...report, problems, ...(run ? { run } : {}) });
    else {
      const lines = retryLines({ ...report, problems }, createPalette(colors));
      writeReport([...lines, ...(run ? ['', renderReport(run, { colors })] : [])].join('\n'));
    }
    if (report.dryRun) return problemsExitCode(report.problems);
    const { unreadable, gone, waiting } = report.records;
    const left = unreadable + gone + waiting + report.unused > 0 ? exitCodes.rejections : exitCodes.ok;
    return Math.max(left, problemsExitCode(report.problems), run ? reportExitCode(run) : exitCodes.ok);
  });

export const runQuarantineDiscard = (options: QuarantineCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const report = await tributary.quarantine.discard(options.ids ?? [], {
      dryRun: options.dryRun ?? false,
    });
    if (options.json) {
      writeJson({
        ...report,
        discarded: report.discarded.map((entry) => ({ ...entry, stays: whatStays(entry) })),
      });
      return exitCodes.ok;
    }
    const palette = createPalette(colors);
    const verb = report.dryRun ? 'would be discarded' : 'discarded';
    const lines = report.discarded.map(
      (one) => `${palette.bold(placeOf(one))} ${verb}\n    ${whatStays(one)}`,
    );
    writeText([...lines, `${formatMany(report.quarantined, 'entry', 'entries')} in quarantine`].join('\n'));
    return exitCodes.ok;
  });

function renderEntry(one: QuarantineEntry, { bold, dim, yellow }: Palette): string {
  const times =
    one.attempts === 1 ? 'once' : `${formatCount(one.attempts)} times, last ${minute(one.lastSeen)}`;
  const since = dim(`since ${minute(one.since)} UTC, ${times}`);
  return `${yellow('!')} ${bold(placeOf(one))} ${since}\n    ${oneLine(one.reason)} ${dim(`(${one.code} while ${stages[one.stage]})`)}`;
}

const stages = { read: 'reading', compose: 'composing', write: 'writing', delete: 'deleting' } as const;

const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

/** The name that the other commands take, and who refused it. */
const placeOf = (one: QuarantineEntry): string =>
  one.destination === undefined ? one.name : `${one.name} on ${one.destination}`;

/** What is there in place of what could not be handled, as long as nothing else happens. */
function whatStays(one: QuarantineEntry): string {
  if (one.scope === 'record') {
    return one.keepsEarlier
      ? 'Its last good version stays in use until the source shows another, or it is proved gone.'
      : 'No version of it was ever read: no document uses it.';
  }
  const who = one.destination ?? 'Every destination';
  if (one.isToGo) return `${who} was to delete it and refused: it is not known to be gone.`;
  if (one.keepsEarlier) return `${who} keeps the last version that it has.`;
  return one.destination === undefined ? 'No destination holds it.' : `${who} is not known to hold it.`;
}

function whatHelps(one: QuarantineEntry): string {
  if (one.scope === 'record')
    return 'Correct the record at its source; `tributary quarantine retry` asks for it again.';
  if (one.isToGo) return '`tributary quarantine retry` deletes it again.';
  return one.destination === undefined
    ? 'Correct the record or the template; it is composed again when one of them changes.'
    : 'It is sent again when its content changes; `tributary quarantine retry` sends it at once.';
}

function retryLines(report: RetryReport, { bold, dim, red, yellow }: Palette): string[] {
  const { records, dryRun } = report;
  const list = (names: readonly string[]): string =>
    names.length === 0 ? '' : dim(` (${names.join(', ')})`);
  const lines = [
    `${bold(formatMany(report.documents, 'document'))} ${dryRun ? 'would be tried again' : 'tried again'}`,
  ];
  if (records.asked > 0) {
    const asked = bold(formatMany(records.asked, 'record'));
    lines.push(
      dryRun
        ? `${asked} would be asked for by key`
        : `${asked} asked for by key: ${formatCount(records.readable)} readable, ${formatCount(records.unreadable)} still not, ${formatCount(records.gone)} not there`,
    );
  }
  if (records.goneNames.length > 0) {
    lines.push(
      `${yellow('!')} The source does not show these, and their last good version stays${list(records.goneNames)}`,
      '    → A complete listing of keys (reconcile) deletes what is gone for good; discard takes it off the list.',
    );
  }
  if (records.waiting > 0) {
    lines.push(
      `${yellow('!')} ${formatMany(records.waiting, 'record')} cannot be asked for by key${list(records.waitingNames)}`,
      '    → The next read that shows them decides: when they change, or when the stream is read from the start.',
    );
  }
  if (report.unused > 0) {
    const entries = formatMany(report.unused, 'entry', 'entries');
    lines.push(`${yellow('!')} ${entries} of streams or destinations that no pipeline uses; discard them`);
  }
  for (const { message, code, hint } of report.problems) {
    lines.push(
      `${red('✗')} ${message} ${dim(`(${code})`)}`,
      ...(hint === undefined ? [] : [`    → ${hint}`]),
    );
  }
  return [...lines, `${formatMany(report.quarantined, 'entry', 'entries')} in quarantine`];
}
