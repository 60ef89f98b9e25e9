import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { createPalette, wantsColor } from '../../core/observe/palette.ts';
import {
  copyConnector,
  refuseOccupied,
  shortPath,
  writeCopy,
  type ConnectorCopy,
} from '../scaffold/copy-connector.ts';
import { connectorNames, type ConnectorNames } from '../scaffold/names.ts';
import { exitCodes } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { writeJson, writeText, type CliIo, type GlobalOptions } from './io.ts';

export interface NewSourceCommandOptions extends GlobalOptions {
  readonly name: string;
  readonly folder?: string;
  readonly dryRun?: boolean;
}
interface Step {
  readonly why: string;
  readonly commands?: readonly string[];
}

/** Copies the example source under another name, with its emulator and its test, and says what comes next. */
export async function runNewSource(options: NewSourceCommandOptions, io: CliIo): Promise<number> {
  try {
    const registry = io.registry ?? (await import('../../connectors/index.ts')).registry;
    const taken = [...Object.keys(registry.sources), ...Object.keys(registry.destinations), 'example-rest'];
    const names = connectorNames(options.name, taken);
    const folder = options.folder === undefined ? undefined : resolve(io.cwd, options.folder);
    const copy = copyConnector(names, folder, io.cwd);
    const short = (path: string): string => shortPath(path, io.cwd);
    refuseOccupied(copy, short);
    if (!options.dryRun) await writeCopy(copy);
    const files = copy.files.map(({ path }) => short(path));
    const next = nextSteps(names, copy, short);
    if (options.json) {
      const made = {
        type: names.kebab,
        dryRun: options.dryRun ?? false,
        folder: short(copy.folder),
        files,
        next,
      };
      writeJson(io, made);
    } else writeText(io, render(files, next, options.dryRun ?? false, wantsColor(io.stdout, io.env)));
    return exitCodes.ok;
  } catch (error) {
    return reportFailure(error, io, { json: options.json });
  }
}

function render(files: readonly string[], next: readonly Step[], dryRun: boolean, colors: boolean): string {
  const { bold, dim, green } = createPalette(colors);
  const head = dryRun
    ? bold('These files would be written:')
    : `${green('✓')} ${bold('A source that works:')}`;
  const steps = next.flatMap(({ why, commands = [] }, at) => [
    `${at + 1}. ${why}`,
    ...commands.map((command) => `     ${bold(command)}`),
  ]);
  return [head, ...files.map((file) => `  ${dim(file)}`), '', ...steps].join('\n');
}

function nextSteps(names: ConnectorNames, copy: ConnectorCopy, short: (path: string) => string): Step[] {
  const folder = short(copy.folder);
  const guide = `${copy.amongOthers ? '' : 'node_modules/tributary/'}docs/writing-a-connector.md`;
  const adapt: Step = {
    why: `Make it yours: ${folder}/README.md says what to change, ${guide} what the engine relies on.`,
  };
  if (copy.amongOthers) {
    return [
      { why: 'See its test pass:', commands: [`npx vitest run test/connectors/${names.kebab}`] },
      adapt,
      {
        why: 'Register it in connectors/index.ts, below sources:',
        commands: [
          `'${names.kebab}': async () => (await import('./${names.kebab}/index.ts')).${names.camel}Source,`,
        ],
      },
      {
        why: 'Describe it in docs/connectors and its error codes in docs/errors.md; `npm run check` says what is missing.',
      },
    ];
  }
  const set = setUp(copy);
  return [
    ...(set.length === 0 ? [] : [{ why: 'Bring what it needs:', commands: set }]),
    {
      why: 'See its test pass, and its types:',
      commands: [`npx vitest run --dir ${folder}`, `npx tsc -p ${folder}`],
    },
    adapt,
    {
      why: `Run it from a program of yours, by the type ${names.kebab} in connectors.config.yaml:`,
      commands: [
        `const sources = { ...registry.sources, '${names.kebab}': async () => ${names.camel}Source };`,
        "const tributary = await createTributary({ config: 'connectors.config.yaml', registry: { ...registry, sources } });",
      ],
    },
  ];
}

/** What has to be done before the test can run, in the folder that will find packages for the connector. */
function setUp({ folder, clone }: ConnectorCopy): string[] {
  let home = folder;
  while (!existsSync(join(home, 'package.json')) && dirname(home) !== home) home = dirname(home);
  const own = join(home, 'package.json');
  const commands: string[] = [];
  if (!existsSync(own)) commands.push('npm init -y', 'npm pkg set type=module');
  else if ((JSON.parse(readFileSync(own, 'utf8')) as { type?: string }).type !== 'module') {
    commands.push('npm pkg set type=module');
  }
  const find = createRequire(join(folder, 'package.json'));
  const missing = (packages: readonly string[]): string[] =>
    packages.filter((name) => !(find.resolve.paths(name) ?? []).some((path) => existsSync(join(path, name))));
  const needed = missing(['tributary', 'zod']);
  const tools = missing(['vitest', 'typescript', '@types/node']);
  if (needed.includes('tributary') && clone !== undefined) commands.push(`npm pack ${clone}`);
  const named = needed.map((name) =>
    name === 'tributary' && clone !== undefined ? './tributary-*.tgz' : name,
  );
  if (named.length > 0) commands.push(`npm install ${named.join(' ')}`);
  if (tools.length > 0) commands.push(`npm install --save-dev ${tools.join(' ')}`);
  return commands;
}
