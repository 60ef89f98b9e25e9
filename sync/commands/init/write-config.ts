import { oneLine } from '../../../core/observe/format.ts';
import { draftKinds, titleOf, type DraftKind, type DraftPart } from './draft-kinds.ts';
import {
  listed,
  type Draft,
  type DraftDestination,
  type DraftField,
  type DraftSource,
  type DraftStream,
} from './draft.ts';

export interface WriteOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeZone: string;
  /** Where editors find the schema of the file. */
  readonly schema?: string | undefined;
}

/** The configuration as a person goes on writing it: commented, with references in place of secrets. */
export function writeConfig(draft: Draft, options: WriteOptions): string {
  const kinds = draftKinds(draft);
  return [
    ...(options.schema === undefined ? [] : [`# yaml-language-server: $schema=${options.schema}`]),
    '# Tributary: which records are read, which documents are made of them, and where these go.',
    '#   ${NAME}            comes from the environment, or from a .env file beside this one',
    '#   ${NAME:-default}   has a default; a setting whose whole value is ${NAME:-} is left out when NAME is not set',
    '#   file:path          the text of a file, for secrets that are mounted as files',
    '# Check it with `tributary check`: it logs in everywhere and knows every stream, field and template.',
    '',
    '# The first part of every document id. Changing it gives every document another identity.',
    `namespace: ${draft.namespace}`,
    '',
    '# Where records live. `fields` is an allow-list: what is not listed is never requested, stored or published.',
    'sources:',
    ...draft.sources.flatMap((source) => indent(sourceLines(source, options), 2)),
    '',
    '# Where documents go. The plane is a label: stateful agents keep a conversation, stateless retrieval answers one request.',
    'destinations:',
    ...draft.destinations.flatMap((destination) => indent(destinationLines(destination, options), 2)),
    '',
    '# What documents say. A kind names the record that a document is about (`from`), the records that belong into it',
    '# (`with`), and how it reads: Handlebars over the listed fields. Retrievers split documents, so each line names its subject.',
    'kinds:',
    ...kinds.flatMap((kind) => indent(kindLines(kind), 2)),
    '',
    'pipelines:',
    '  knowledge:',
    `    kinds: [${kinds.map((kind) => kind.name).join(', ')}]`,
    `    destinations: [${draft.destinations.map(({ starter }) => starter.name).join(', ')}]`,
    '    # Read by `tributary serve`; `tributary sync` runs at once.',
    '    schedule:',
    "      cron: '*/15 * * * *'",
    `      timeZone: ${options.timeZone}`,
    '',
  ].join('\n');
}

const indent = (lines: readonly string[], spaces: number): string[] =>
  lines.map((line) => (line === '' ? '' : ' '.repeat(spaces) + line));

/** A name as YAML takes it for that very text. */
const quoted = (name: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(name) && !/^(null|true|false|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);

function sourceLines({ type, starter, discovered, streams }: DraftSource, { env }: WriteOptions): string[] {
  return [
    `${starter.name}:`,
    `  type: ${type}`,
    ...indent(starter.settings(env), 2),
    '  streams:',
    ...(discovered
      ? []
      : [
          `    # Examples: with the credentials set, \`tributary init --force\` writes the fields that ${starter.name} has.`,
        ]),
    ...streams.flatMap((stream) => indent(streamLines(stream), 4)),
  ];
}

function streamLines(stream: DraftStream): string[] {
  const { label, comment } = stream.description;
  const about = [label, comment].filter((text) => text && text !== stream.name).map((text) => oneLine(text!));
  const lines = [
    ...(about.length > 0 ? [`# ${about.join(': ')}`] : []),
    `${quoted(stream.name)}:`,
    ...indent(stream.settings ?? [`table: ${stream.description.name}`, 'key: []'], 2),
    '  fields:',
    ...indent(fieldLines(stream.fields), 4),
  ];
  if (stream.settings !== undefined) return lines;
  return [
    `# ${stream.description.name} declares no key: name the columns that identify a row, and take the # away.`,
    ...lines.filter((line) => !line.startsWith('#')).map((line) => `# ${line}`),
  ];
}

function fieldLines(fields: readonly DraftField[]): string[] {
  const width = Math.max(0, ...fields.map((field) => quoted(field.name).length));
  return fields.map((field) => {
    const name = quoted(field.name);
    return field.leftOut === undefined ? `- ${name}` : `# - ${name.padEnd(width)}  ${oneLine(field.leftOut)}`;
  });
}

const destinationLines = ({ type, starter }: DraftDestination, { env }: WriteOptions): string[] => [
  `${starter.name}:`,
  `  type: ${type}`,
  `  plane: ${starter.plane}`,
  ...indent(starter.settings(env), 2),
];

function kindLines(kind: DraftKind): string[] {
  const { root, parts, metadata } = kind;
  return [
    `${kind.name}:`,
    `  from: ${root.source}.${root.name}`,
    ...(parts.length > 0 ? ['  with:', ...parts.flatMap((part) => indent(partLines(part), 4))] : []),
    `  title: '{{oneline ${kind.title.name}}}'`,
    '  body: |',
    ...indent(bodyLines(kind), 4),
    ...(metadata.length > 0 ? ['  # What agents filter by.', '  metadata:'] : []),
    ...metadata.map(({ name, field, type }) =>
      type === undefined ? `    ${name}: ${field}` : `    ${name}: { field: ${field}, type: ${type} }`,
    ),
    '  # Who may read these documents. Nobody else finds them: ask with `--as group:tributary-pilot`. For all, write',
    '  # `everyone:` and why, as in: everyone: Accounts are readable by all employees in our CRM.',
    '  access:',
    "    allow: ['group:tributary-pilot']",
  ];
}

function partLines(part: DraftPart): string[] {
  const side = (field: string): string =>
    part.as === undefined ? field : `{ field: ${field}, as: ${part.as} }`;
  return [
    `# ${part.reason}`,
    `${part.name}:`,
    `  from: ${part.stream.source}.${part.stream.name}`,
    `  on: { parent: ${side(part.parentField)}, part: ${side(part.partField)} }`,
    ...(part.one ? ['  one: true'] : []),
    ...(part.order === undefined ? [] : [`  order: ${part.order}`]),
    ...(part.limit === undefined ? [] : [`  limit: ${part.limit}`]),
  ];
}

const templateName = /^[A-Za-z_]\w*$/;
const shownFields = 20;
const shownFieldsOfPart = 5;

function bodyLines({ root, title, parts }: DraftKind): string[] {
  const name = `{{oneline ${title.name}}}`;
  const facts = byInterest(root)
    .filter((field) => field !== title && isFact(field, root))
    .slice(0, shownFields)
    .flatMap((field) => [
      `{{#if ${field.name}}}`,
      `- ${labelOf(field)} of ${name}: ${valueOf(field, root, '')}`,
      '{{/if}}',
    ]);
  const owners = parts
    .filter((part) => part.one)
    .flatMap((part) => [
      `{{#if ${part.name}}}`,
      `- ${capital(part.name)} of ${name}: {{oneline ${part.name}.${titleOf(part.stream).name}}}`,
      '{{/if}}',
    ]);
  return [
    `# ${name}`,
    '',
    ...facts,
    ...owners,
    ...parts.filter((part) => !part.one).flatMap((part) => section(part, name, title.name)),
  ];
}

function section(part: DraftPart, name: string, rootTitle: string): string[] {
  const title = titleOf(part.stream);
  const facts = byInterest(part.stream)
    .filter((field) => field !== title && field.name !== part.partField && isFact(field, part.stream))
    .slice(0, shownFieldsOfPart)
    .map(
      (field) =>
        `{{#if ${field.name}}}; ${labelOf(field).toLowerCase()}: ${valueOf(field, part.stream, 'oneline')}{{/if}}`,
    );
  const subject = title.name === part.partField ? '' : `: {{oneline ${title.name}}}`;
  return [
    '',
    `{{#if ${part.name}}}`,
    `## ${capital(part.name)} of ${name}`,
    '',
    `{{#each ${part.name}}}`,
    `- {{oneline ../${rootTitle}}}${subject}${facts.join('')}`,
    '{{/each}}',
    '',
    '{{/if}}',
  ];
}

/** When a record was made says least about it: it comes last, and is not what a passage begins with. */
const byInterest = (stream: DraftStream): readonly DraftField[] =>
  listed(stream).toSorted(
    (one, other) => Number(/^created/i.test(one.name)) - Number(/^created/i.test(other.name)),
  );

/** Neither a reference nor a key, and named so that a template can say it. */
const isFact = (field: DraftField, stream: DraftStream): boolean =>
  templateName.test(field.name) &&
  !field.refersTo?.length &&
  (!stream.description.key.includes(field.name) || /^date/i.test(field.type)) &&
  !/^(id|reference)$/i.test(field.type);

function valueOf({ name, type }: DraftField, stream: DraftStream, long: 'oneline' | ''): string {
  if (/^(datetime|timestamp)/i.test(type)) return `{{instant ${name}}}`;
  if (/^date/i.test(type)) return `{{date ${name}}}`;
  if (/^bool/i.test(type)) return 'yes';
  if (/^percent$/i.test(type)) return `{{percent ${name}}}`;
  const code = listed(stream).find((field) => /^currency(IsoCode|_?CODE)?$/i.test(field.name));
  if (code && /^currency$/i.test(type)) return `{{currency ${name} ${code.name}}}`;
  if (/^(int|double|currency|number|float|fixed|decimal|real)/i.test(type)) return `{{number ${name}}}`;
  return long === '' && /textarea/i.test(type) ? `{{md ${name}}}` : `{{oneline ${name}}}`;
}

const labelOf = ({ label, name }: DraftField): string =>
  oneLine(label ?? '').replace(/[{}\\]/g, '') || capital(name.replace(/__c$/i, ''));

const capital = (name: string): string => {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/_+/g, ' ')
    .toLowerCase()
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** `.env.example`: every variable that the configuration names, with what it is for. */
export function writeEnvironment(draft: Draft): string {
  const groups = [...draft.sources, ...draft.destinations].map(({ starter }) =>
    [
      `# --- ${starter.name}`,
      ...starter.environment.flatMap(({ name, comment, example }) => [
        `# ${oneLine(comment)}${example === undefined ? '' : `, such as ${example}`}`,
        `${name}=`,
      ]),
    ].join('\n'),
  );
  return [
    '# Copy to .env and fill in. .env holds secrets: keep it out of version control and readable by you alone.',
    ...groups,
    '',
  ]
    .join('\n\n')
    .replace(/\n\n$/, '\n');
}
