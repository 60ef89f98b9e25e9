import type { BusinessDocument } from '../../core/contract/document.ts';
import { cut, formatMany, textWidth, wrap } from '../../core/observe/format.ts';
import type { Palette } from '../../core/observe/palette.ts';
import { formatTable } from '../../core/observe/tables.ts';
import type { ShownInDemo } from './report.ts';
import { expect, type Stage } from './stage.ts';

/** Of a list, the rest is counted; of a long text, too. */
const longestList = 3;
const longestBody = 70;

/** Shows one document as it was written, what it is made of, and what was left out of it. */
export async function playDocument(
  stage: Stage,
  name: string,
  shownName: string,
): Promise<ShownInDemo | undefined> {
  const { tributary, screen, input } = stage;
  screen.act('One of the documents', `tributary show ${shownName}`);
  const { composition } = await tributary.show(name);
  if (composition?.status !== 'composed') {
    expect(stage, 'The document can be shown', [composition?.status ?? 'it is filtered out']);
    return undefined;
  }
  const { document, leftOut } = composition;
  const { palette, columns } = screen;
  screen.write(renderBody(document, columns, palette));
  screen.write('');
  screen.write(renderProvenance(document, columns, palette));
  screen.write('');
  const facts = [
    ['link', document.url === undefined ? '' : palette.cyan(document.url)],
    ['id', document.id],
    ['version', document.version],
    ['readers', 'everyone' in document.access ? 'everyone' : document.access.allow.join(', ')],
    ['trust', trustText(document)],
  ] as const;
  for (const [title, value] of facts)
    if (value !== '') screen.write(`${palette.dim(title.padEnd(8))}${value}`);
  for (const { part, records, reason } of leftOut)
    screen.say(`Left out: ${formatMany(records, 'record')} of ${part}, because ${reason}.`);
  if (input.company) {
    screen.write('');
    expectWhole(stage, { document, leftOut });
  }
  return { document, leftOut };
}

/** The demo's account has every part of both systems, and not what only some may read. */
function expectWhole(stage: Stage, { document, leftOut }: ShownInDemo): void {
  const parts = new Set(document.parts.map((one) => `${one.system} ${one.part}`));
  const wanted = ['owner', 'contacts', 'opportunities', 'cases'].map((part) => `salesforce ${part}`);
  const missing = [...wanted, 'snowflake usage', 'snowflake invoices'].filter((part) => !parts.has(part));
  expect(
    stage,
    'It is made of its account, owner, contacts, open opportunities and recent cases in Salesforce, its usage and invoices in Snowflake',
    missing.map((part) => `no ${part}`),
  );
  const shown = document.parts.some((one) => one.part === 'escalations');
  const counted = leftOut.some((one) => one.part === 'escalations');
  expect(stage, 'Its escalations, which only support leads may read, are left out and counted', [
    ...(shown ? ['they are shown'] : []),
    ...(counted ? [] : ['they are not counted']),
  ]);
}

const trustText = ({ trust }: BusinessDocument): string =>
  trust === 'external' ? 'external: some of it was written by outsiders' : trust;

/** Markdown on a terminal: headings stand out, lines break at words, long lists are cut, a bar tells it from the story. */
function renderBody({ body }: BusinessDocument, columns: number, { bold, dim }: Palette): string {
  const width = columns - 4;
  const lines = shortenLists(body.trim().split('\n')).flatMap((line) => {
    if (line.startsWith('#')) return [bold(cut(line, width))];
    if (line.startsWith('…')) return [dim(`  ${line}`)];
    if (!line.startsWith('- ')) return wrap(line, width);
    return wrap(line.slice(2), width - 2).map((one, index) => `${index === 0 ? '- ' : '  '}${one}`);
  });
  const rest = lines.length - longestBody;
  const kept = rest > 0 ? [...lines.slice(0, longestBody), dim(`… ${formatMany(rest, 'more line')}`)] : lines;
  return kept.map((line) => `${dim('│')} ${line}`.trimEnd()).join('\n');
}

/** The first items of each list, and how many more there are. */
function shortenLists(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let items = 0;
  for (const line of [...lines, '']) {
    const isItem = line.startsWith('- ');
    if (isItem) items++;
    else {
      if (items > longestList) kept.push(`… and ${items - longestList} more`);
      items = 0;
    }
    if (!isItem || items <= longestList) kept.push(line);
  }
  return kept.slice(0, -1);
}

/** Where every contribution came from: one line for each part. */
function renderProvenance(document: BusinessDocument, columns: number, { bold, dim }: Palette): string {
  const root = { part: document.kind, ...document.origin };
  const groups = new Map<
    string,
    { part: string; system: string; stream: string; key: string; modifiedAt?: string }[]
  >();
  for (const one of [root, ...document.parts]) groups.set(one.part, [...(groups.get(one.part) ?? []), one]);
  const rows = [...groups.values()].map((records) => {
    const [first] = records;
    const newest =
      records
        .map((one) => one.modifiedAt ?? '')
        .toSorted()
        .at(-1) ?? '';
    return [
      first?.part ?? '',
      `${first?.system}.${first?.stream}`,
      String(records.length),
      newest.slice(0, 10),
      records.map((one) => one.key).join(' '),
    ];
  });
  const used =
    [0, 1].reduce((sum, at) => sum + Math.max(...rows.map((row) => textWidth(row[at] ?? ''))), 0) +
    7 +
    12 +
    8;
  return formatTable(
    [
      { title: 'Made of' },
      { title: 'from' },
      { title: 'records', align: 'right' },
      { title: 'last changed' },
      { title: 'keys' },
    ],
    rows.map((row) => [...row.slice(0, 4), dim(cut(row[4] ?? '', columns - used))]),
    { title: bold },
  );
}
