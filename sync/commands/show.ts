import type { RecordTree } from '../../core/catalog/index.ts';
import type { Access, BusinessDocument, PartRef } from '../../core/contract/document.ts';
import { cut, formatMany, oneLine, textWidth } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { formatTable } from '../../core/observe/tables.ts';
import type { ShownDocument } from '../show.ts';
import { exitCodes } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { withSession } from './session.ts';

export interface ShowCommandOptions extends GlobalOptions {
  readonly id: string;
}

export const runShow = (options: ShowCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const shown = await tributary.show(options.id);
    if (options.json) writeJson(toJson(shown));
    else writeText(renderShown(shown, (io.stdout.columns ?? 80) - 1, colors));
    return exitCodes.ok;
  });

/** `document` where one would be written; `status` and `reason` say why not otherwise. */
const toJson = ({ kind, key, composition, holdings, records }: ShownDocument) => ({
  kind,
  key,
  ...(composition ?? { status: 'left-out', reason: "the kind's condition does not hold" }),
  holdings,
  records,
});

/** A document as a person reads it: header, body, where each part comes from, what each destination holds. */
export function renderShown(shown: ShownDocument, width: number, colors: boolean): string {
  const palette = createPalette(colors);
  const { composition } = shown;
  const sections =
    composition?.status === 'composed'
      ? [
          header(composition.document, width, palette),
          composition.document.body.trim().replace(/^#+ .*$/gm, palette.bold),
          provenance(composition.document, shown.records, width, palette),
          ...composition.leftOut.map(
            ({ part, records, reason }) =>
              `${palette.yellow('!')} ${formatMany(records, 'record')} of ${part} left out: ${oneLine(reason)}`,
          ),
        ]
      : [notWritten(shown, palette)];
  return [...sections, holdings(shown, palette)].join('\n\n');
}

function notWritten({ kind, key, composition }: ShownDocument, { bold, yellow }: Palette): string {
  const why =
    composition === undefined
      ? "left out: the kind's condition does not hold for this record"
      : composition.status === 'rejected'
        ? `quarantined: ${composition.reason} (${composition.code})`
        : composition.status === 'withheld'
          ? `withheld from every plane: ${composition.reason}`
          : '';
  return `${yellow('!')} ${bold(`${kind}/${key}`)} ${why}`;
}

function header(document: BusinessDocument, width: number, { bold, dim, cyan }: Palette): string {
  const metadata = Object.entries(document.metadata).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`,
  );
  const rows = [
    ['id', document.id],
    ['kind', document.kind],
    ...(document.url === undefined ? [] : [['url', cyan(document.url)]]),
    ['version', document.version],
    ['access', accessText(document.access)],
    ['classification', `${document.classification}, trust: ${document.trust}`],
    ...(metadata.length === 0 ? [] : [['metadata', metadata.join(' ')]]),
  ];
  const lines = rows.map(
    ([name, value]) => `${dim(String(name).padEnd(14))}  ${wrap(String(value), width - 16, 16)}`,
  );
  return [bold(oneLine(document.title)), ...lines].join('\n');
}

/** Breaks between words; a word that is too long (an id, an address) stays whole, so that it can be copied. */
function wrap(text: string, width: number, indent: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (textWidth(`${line} ${word}`) <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}

function accessText(access: Access): string {
  if ('everyone' in access) return `everyone (${access.reason})`;
  const deny = access.deny.length === 0 ? '' : `; never ${access.deny.join(', ')}`;
  return `${access.allow.join(', ') || 'nobody'}${deny}`;
}

function provenance(
  document: BusinessDocument,
  records: RecordTree,
  width: number,
  { bold, dim }: Palette,
): string {
  const { origin } = document;
  const root = {
    part: '(root)',
    ...origin,
    ...(document.url === undefined ? {} : { url: document.url }),
  };
  const modifiedAt = origin.modifiedAt ?? records.modifiedAt;
  const parts: PartRef[] = [
    { ...root, ...(modifiedAt === undefined ? {} : { modifiedAt }) },
    ...document.parts,
  ];
  const nameWidth = Math.max(12, Math.floor(width / 5));
  const table = formatTable(
    [{ title: 'Made of' }, { title: 'record' }, { title: 'as of' }],
    parts.map((part) => [
      cut(part.part, nameWidth),
      cut(`${part.system} ${part.stream} ${part.key}`, Math.max(20, width - nameWidth - 22)),
      dim((part.modifiedAt ?? '').slice(0, 16).replace('T', ' ')),
    ]),
    { title: bold },
  ).split('\n');
  const links = parts.map((part) => (part.url === undefined ? [] : [dim(`  ${part.url}`)]));
  return [table[0]!, ...table.slice(1).flatMap((line, index) => [line, ...links[index]!])].join('\n');
}

function holdings({ holdings: held }: ShownDocument, { bold, dim, green, yellow }: Palette): string {
  if (held.length === 0) return dim('Not composed yet: no destination has been told of it.');
  const rows = held.map((one) => [
    one.destination,
    one.desired === '' ? dim('nothing') : one.desired.slice(0, 12),
    !one.held ? dim('nothing') : one.held.slice(0, 12),
    one.quarantine !== undefined
      ? yellow(`quarantined: ${oneLine(one.quarantine)}`)
      : one.note !== undefined
        ? yellow(`withheld: ${oneLine(one.note)}`)
        : one.todo
          ? yellow('the next run brings it there')
          : green('settled'),
  ]);
  return formatTable(
    [{ title: 'Destinations' }, { title: 'should hold' }, { title: 'holds' }, { title: '' }],
    rows,
    { title: bold },
  );
}
