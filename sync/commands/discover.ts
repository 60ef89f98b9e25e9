import type { FieldDescription, StreamDescription } from '../../core/contract/source.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { cut, formatCount, oneLine, textWidth } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderProblem } from '../../core/observe/render-report.ts';
import type { Problem } from '../../core/observe/report.ts';
import { formatTable } from '../../core/observe/tables.ts';
import { toProblem } from '../problem.ts';
import { problemsExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem } from './locate.ts';
import { withSession } from './session.ts';

export interface DiscoverCommandOptions extends GlobalOptions {
  readonly source?: string;
  readonly streams: readonly string[];
}
interface Found {
  readonly source: string;
  readonly streams: readonly StreamDescription[];
  readonly error?: Problem;
}

export const runDiscover = (options: DiscoverCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const known = Object.keys(tributary.config.sources);
    if (options.source !== undefined && !known.includes(options.source)) {
      throw new ConfigError('SOURCE_UNKNOWN', `there is no source named ${options.source}`, {
        hint: `choose from: ${known.join(', ')}`,
      });
    }
    const names = options.streams.length > 0 ? options.streams : undefined;
    const found: Found[] = [];
    for (const source of options.source === undefined ? known : [options.source]) {
      try {
        const streams = await tributary.discover(source, names);
        if (names && streams.length === 0) {
          throw new ConfigError(
            'STREAM_UNKNOWN',
            `${source} shows no ${names.join(', ')} to these credentials`,
            {
              hint: `\`tributary discover ${source}\` lists what there is`,
            },
          );
        }
        found.push({ source, streams });
      } catch (error) {
        if (io.signal.aborted) throw error;
        found.push({ source, streams: [], error: locateProblem(tributary.config, toProblem(error)) });
      }
    }
    const width = (io.stdout.columns ?? 80) - 1;
    if (options.json) writeJson({ sources: found });
    else {
      const sections = found.map((one) => renderFound(one, names !== undefined, width, colors));
      writeText(sections.join('\n\n'));
    }
    return problemsExitCode(found.map((one) => one.error));
  });

function renderFound(one: Found, detailed: boolean, width: number, colors: boolean): string {
  const palette = createPalette(colors);
  if (one.error) return renderProblem(one.source, one.error, colors);
  if (one.streams.length === 0)
    return `${palette.bold(one.source)}: no streams that these credentials can see`;
  if (detailed)
    return one.streams.map((stream) => fieldTable(one.source, stream, width, palette)).join('\n\n');
  const taken = Math.max(
    ...one.streams.map((stream) => textWidth(stream.name + stream.key + stream.cursors[0])),
  );
  const rows = one.streams.map((stream) => [
    stream.name,
    cut(oneLine(stream.label ?? stream.comment ?? ''), Math.max(8, width - taken - 16)),
    formatCount(stream.fields.length),
    stream.key.join(', ') || palette.yellow('none declared'),
    stream.cursors[0] ?? palette.yellow('none'),
  ]);
  const table = formatTable(
    [
      { title: one.source },
      { title: '' },
      { title: 'fields', align: 'right' },
      { title: 'key' },
      { title: 'cursor' },
    ],
    rows,
    { title: palette.bold },
  );
  const example = one.streams[0]!.name;
  return `${table}\n${palette.dim(`Fields: tributary discover ${one.source} ${example}`)}`;
}

function fieldTable(source: string, stream: StreamDescription, width: number, palette: Palette): string {
  const { bold, dim, yellow } = palette;
  const head = [stream.label, stream.comment].filter((text) => text && text !== stream.name).join(': ');
  const rows = stream.fields.map((field) => [
    field.name,
    field.type,
    cut(oneLine(field.label ?? field.help ?? ''), Math.max(12, Math.floor(width / 3))),
    [field.sensitivity ? yellow(field.sensitivity) : '', ...marksOf(field, stream).map(dim)]
      .filter((mark) => mark !== '')
      .join(' '),
  ]);
  return [
    `${bold(`${source} ${stream.name}`)}${head === '' ? '' : `  ${oneLine(head)}`}`,
    formatTable([{ title: 'field' }, { title: 'type' }, { title: 'label' }, { title: '' }], rows, {
      indent: 2,
      title: dim,
    }),
  ].join('\n');
}

const marksOf = (field: FieldDescription, stream: StreamDescription): string[] => [
  ...(field.calculated ? ['calculated'] : []),
  ...(stream.key.includes(field.name) ? ['key'] : []),
  ...(stream.cursors[0] === field.name ? ['cursor'] : []),
  ...(field.refersTo?.length ? [`→ ${field.refersTo.slice(0, 2).join(', ')}`] : []),
];
