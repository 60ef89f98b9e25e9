import { formatCount, formatMany, formatSeconds } from '../../core/observe/format.ts';
import type { Palette } from '../../core/observe/palette.ts';
import type { Problem } from '../../core/observe/report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import type { BlueGreenReport } from '../slots/blue-green.ts';
import type { SlotList } from '../slots/list.ts';
import type { Move, Procedure } from '../slots/procedure.ts';
import type { RetireReport } from '../slots/retire.ts';
import type { RollbackReport } from '../slots/rollback.ts';
import type { VerifiedSlot } from '../slots/verify-slot.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** Where each destination went, how far that was verified, and what is left to do by hand. */
export function renderBlueGreen(report: BlueGreenReport, prepareOnly: boolean, palette: Palette): string {
  const { green, yellow, bold } = palette;
  const verified = report.verified.length > 0 && report.verified.every((one) => one.verified);
  const isDone = report.phase === 'done';
  const headline = report.dryRun
    ? `${green('✓')} ${bold('Dry run')}: these slots would be opened and filled`
    : isDone
      ? `${green('✓')} ${bold('Agents are led to the new slots')}`
      : prepareOnly && verified
        ? `${green('✓')} ${bold('The new slots are filled and verified')}; agents are led to the old ones`
        : `${yellow('!')} ${bold('Agents are still led to the old slots')}`;
  const rows = report.moves.map((move) => {
    const one = report.verified.find(({ destination }) => destination === move.destination);
    return [
      move.destination,
      move.fromLabel,
      move.toLabel,
      formatCount(report.documents[move.destination] ?? 0),
      ...(one ? [one.grade, samplesOf(one, palette)] : []),
    ];
  });
  const columns = [
    ...['Destinations', 'from', 'to'].map((title) => ({ title })),
    right('documents'),
    ...(report.verified.length === 0 ? [] : ['compared', 'questions found']).map((title) => ({ title })),
  ];
  return [
    headline,
    formatTable(columns, rows, { title: bold }),
    report.verified.flatMap((one) => differences(one, palette)).join('\n'),
    report.refused
      .map(
        ({ destination, problem }) =>
          `${yellow('!')} ${destination} stays as it is: ${problemText(problem, palette)}`,
      )
      .join('\n'),
    report.keptSettings
      .map(
        (slot) =>
          `${yellow('!')} The configuration has changed since ${slot} was opened; it keeps the settings of its opening.\n    → \`tributary slots abandon\` gives it up, to start again with the new ones.`,
      )
      .join('\n'),
    report.problems.map((problem) => `${palette.red('✗')} ${problemText(problem, palette)}`).join('\n'),
    isDone ? moved(report.moves, report.windowMs, palette) : '',
    next(report, verified, prepareOnly),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

const samplesOf = ({ samples }: VerifiedSlot, { dim, yellow }: Palette): string => {
  if (samples.asked === 0) return dim('none asked');
  const text = `${samples.found} of ${samples.asked}`;
  return samples.missed.length > 0 ? yellow(text) : text;
};

function differences(one: VerifiedSlot, { yellow, dim }: Palette): string[] {
  const list = (what: string, count: number, ids: readonly string[]): string[] =>
    count === 0
      ? []
      : [
          `${yellow('!')} ${one.slot}: ${formatMany(count, 'document')} ${what}`,
          ...ids.slice(0, 5).map((id) => `    ${id}`),
          ...(count > 5 ? [dim(`    … and ${formatCount(count - 5)} more`)] : []),
        ];
  return [
    ...list('missing', one.missingCount, one.missing),
    ...list('in another version', one.differentCount, one.different),
    ...list('not ours to be there', one.unexpectedCount, one.unexpected),
    ...list('that policy keeps from it', one.forbiddenCount, one.forbidden),
    ...list('as they should be in the old slot and not in it', one.behind.count, one.behind.ids),
    ...list('that the old slot finds and it does not', one.samples.missed.length, one.samples.missed),
  ];
}

function moved(moves: readonly Move[], windowMs: number | undefined, { bold }: Palette): string {
  const settling = Math.max(0, ...moves.map((move) => move.settlesWithinMs ?? 0));
  const bound = moves.flatMap(({ destination, binding }) => (binding ? [{ destination, ...binding }] : []));
  return [
    ...(windowMs === undefined
      ? []
      : [`The destinations led to different generations for at most ${span(windowMs)}.`]),
    ...(settling === 0
      ? []
      : [`A service may lead some questions to the former slot for ${formatSeconds(settling / 1000)} more.`]),
    ...(bound.length === 0
      ? []
      : [
          bold('To be pointed elsewhere by hand: agents that name the slot itself'),
          ...bound.map(({ destination, what, from, to }) => `  ${destination}: ${what} ${from} → ${to}`),
        ]),
  ].join('\n');
}

function next(report: BlueGreenReport, verified: boolean, prepareOnly: boolean): string {
  const again = '`tributary reindex --blue-green`';
  if (report.dryRun)
    return `    → ${again} fills them from the catalog; the old ones get every change meanwhile.`;
  if (report.phase === 'done')
    return '    → The former slots get every change until `tributary slots retire`; `tributary slots rollback` leads back to them.';
  if (prepareOnly && verified)
    return `    → ${again} leads agents to them; \`tributary slots abandon\` gives them up.`;
  return `    → ${again} goes on from here; \`tributary slots abandon\` gives the new slots up.`;
}

export function renderRollback(report: RollbackReport, palette: Palette): string {
  const { bold, green, yellow, red } = palette;
  const headline = report.problem
    ? `${red('✗')} ${bold('Agents are led where they were before')}: ${problemText(report.problem, palette)}`
    : report.dryRun
      ? `${green('✓')} ${bold('Dry run')}: agents would be led there`
      : `${green('✓')} ${bold('Agents are led to the former slots')}`;
  const rows = report.moves.map((move) => [move.destination, move.fromLabel, move.toLabel]);
  const columns = ['Destinations', 'from', 'to'].map((title) => ({ title }));
  const isMoved = !report.dryRun && !report.problem;
  return [
    headline,
    formatTable(columns, rows, { title: bold }),
    isMoved ? moved(report.moves, report.windowMs, palette) : '',
    isMoved
      ? `${yellow('!')} What was changed in the configuration for the new slots is to be taken back as well.\n    → \`tributary slots retire\` gives the new slots up; \`tributary slots rollback\` leads forward again.`
      : '',
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

export function renderRetired({ dryRun, retired }: RetireReport, { bold, green }: Palette): string {
  const lines = retired.map(
    (one) => `  ${one.destination}: ${one.slot}, ${formatMany(one.documents, 'document')}`,
  );
  const headline = dryRun
    ? `${green('✓')} ${bold('Dry run')}: these slots would be given up, and all they hold of ours deleted`
    : `${green('✓')} ${bold('Given up; all they held of ours is deleted')}`;
  return [headline, ...lines].join('\n');
}

/** Pointers that stand half-way are not left so by anything that comes next. */
export const goesOn = ({ phase, verb }: Procedure): string =>
  phase === 'fill'
    ? '`tributary reindex --blue-green` goes on from here; `tributary slots abandon` gives the new slots up.'
    : `It was interrupted while agents were led elsewhere: the next \`tributary sync\` finishes it, and so does \`tributary ${verb === 'rollback' ? 'slots rollback' : 'reindex --blue-green'}\`.`;

export const slotStates = {
  active: 'active: agents are led here',
  filling: 'being filled',
  previous: 'kept for the way back',
  retiring: 'being deleted',
  retired: 'deleted',
} as const;

export function renderSlots({ slots, procedure, problems }: SlotList, palette: Palette): string {
  const { bold, dim, yellow } = palette;
  const rows = slots.map((one) => [
    one.destination,
    one.slot === '' ? dim('the only one') : one.slot,
    slotStates[one.state],
    formatCount(one.held),
    formatCount(one.open),
    one.led !== undefined && one.led !== (one.state === 'active')
      ? yellow(one.led ? 'the service leads here' : 'the service leads elsewhere')
      : '',
  ]);
  const columns = [
    ...['Destinations', 'slot', 'state'].map((title) => ({ title })),
    ...['held', 'open'].map(right),
    { title: '' },
  ];
  const under = procedure && procedure.phase !== 'done';
  return [
    formatTable(columns, rows, { title: bold }),
    under
      ? `${yellow('!')} A ${procedureName(procedure.verb)} is under way since ${procedure.startedAt.slice(0, 16).replace('T', ' ')} UTC.\n    → ${goesOn(procedure)}`
      : '',
    problems
      .map(({ destination, problem }) => `${yellow('!')} ${destination}: ${problemText(problem, palette)}`)
      .join('\n'),
  ]
    .filter((section) => section !== '')
    .join('\n\n');
}

const span = (ms: number): string => (ms < 1000 ? `${ms} ms` : formatSeconds(ms / 1000));

export const procedureName = (verb: 'blue-green' | 'rollback'): string =>
  verb === 'blue-green' ? 'reindex without downtime' : 'rollback';

const problemText = ({ message, code, hint }: Problem, { dim }: Palette): string =>
  `${message} ${dim(`(${code})`)}${hint === undefined ? '' : `\n    → ${hint}`}`;
