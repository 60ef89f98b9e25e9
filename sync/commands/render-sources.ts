import { formatCount } from '../../core/observe/format.ts';
import { createPalette } from '../../core/observe/palette.ts';
import { renderProblem } from '../../core/observe/render-report.ts';
import { formatTable, type Column } from '../../core/observe/tables.ts';
import type { VerifiedStream } from '../verify-source.ts';

const right = (title: string): Column => ({ title, align: 'right' });

/** The catalog's records beside the keys that the sources list. */
export function renderSources(
  streams: readonly VerifiedStream[],
  verified: boolean,
  colors: boolean,
): string {
  const { bold, dim, green, yellow } = createPalette(colors);
  const figure = (count: number): string => (count === 0 ? dim('0') : yellow(formatCount(count)));
  const rows = streams.map((one) => [
    one.stream,
    formatCount(one.records),
    one.listed === undefined ? dim('–') : formatCount(one.listed),
    ...[one.missingCount, one.extraCount, one.changedCount].map((count) =>
      one.listed === undefined ? dim('–') : figure(count),
    ),
    noteOn(one),
  ]);
  const columns = [{ title: 'Streams' }, ...['records', 'listed', 'missing', 'extra', 'changed'].map(right)];
  const lists = streams.flatMap((one) =>
    (
      [
        ['missing in the catalog', one.missing, one.missingCount],
        ['not at the source', one.extra, one.extraCount],
        ['changed at the source', one.changed, one.changedCount],
      ] as const
    )
      .filter(([, , count]) => count > 0)
      .map(([what, keys, count]) =>
        [
          bold(`${one.stream}: ${what}`),
          ...keys.map((key) => `  ${key}`),
          ...(count > keys.length ? [dim(`  … and ${formatCount(count - keys.length)} more`)] : []),
        ].join('\n'),
      ),
  );
  const problems = streams.flatMap((one) =>
    one.error ? [renderProblem(one.stream, one.error, colors)] : [],
  );
  const verdict = verified
    ? `${green('✓')} ${bold('The catalog holds what the sources list')}`
    : `${yellow('!')} ${bold('The catalog and the sources differ')}\n    → What has changed since the last run is read by the next; what stays is found by reconcile on the stream.`;
  return [
    formatTable([...columns, { title: '' }], rows, { title: bold }),
    ...lists,
    ...(problems.length > 0 ? [problems.join('\n')] : []),
    verdict,
  ].join('\n\n');
}

function noteOn(one: VerifiedStream): string {
  if (one.error) return '';
  if (one.listed === undefined) return 'this stream cannot be listed';
  return one.counted === undefined ? 'the source does not prove that its list is complete' : '';
}
