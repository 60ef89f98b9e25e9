import { Command, InvalidArgumentError, Option } from 'commander';
import { readFileSync } from 'node:fs';
import { addBlueGreen, addSlots } from './add-slots.ts';
import { addCatalog } from './add-catalog.ts';
import { exitCodesHelp } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { addNew } from './new-program.ts';

type Run<Options> = (options: Options, io: CliIo) => Promise<number>;

/**
 * The command line. Only this file and commander load before a command is known; each command loads what it needs,
 * so that `--help` answers at once.
 */
export function createProgram(io: CliIo, finish: (code: number) => void): Command {
  const program = new Command('tributary')
    .description(
      'Keeps what a company knows in its CRMs and warehouses available to its AI\nagents: one extraction, governed documents, the same on every plane.',
    )
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('show help of a command').helpGroup('Look:'),
    )
    .option('-c, --config <file>', 'the configuration', 'connectors.config.yaml')
    .option('--json', 'one JSON document on stdout; everything else goes to stderr')
    .addOption(
      new Option(
        '--log-level <level>',
        'what is logged to stderr (default: "warn", for serve "info")',
      ).choices(['debug', 'info', 'warn', 'error', 'silent']),
    )
    .addOption(
      new Option('--log-format <format>', 'how it is logged').choices(['text', 'json']).default('text'),
    )
    .option('--no-progress', 'show nothing while a run works')
    .addHelpText('after', exitCodesHelp)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => Math.min(100, io.stdout.columns ?? 80),
      getErrHelpWidth: () => Math.min(100, io.stderr.columns ?? 80),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(tributary --help tells what there is)')
    .exitOverride();
  const does =
    <Options>(load: () => Promise<Run<Options>>, names: readonly string[] = []) =>
    async (...given: unknown[]): Promise<void> => {
      const command = given.at(-1) as Command;
      const named = Object.fromEntries(names.map((name, index) => [name, given[index]]));
      const options = { ...command.optsWithGlobals<GlobalOptions>(), ...named } as Options;
      finish(await (await load())(options, io));
    };
  addSetUp(program, does);
  addNew(program, does);
  addRuns(program, does);
  addQuarantine(program, does);
  addCatalog(program, does);
  addQuestions(program, does);
  addDemo(program, does);
  return program;
}

export type Does = <Options>(
  load: () => Promise<Run<Options>>,
  names?: readonly string[],
) => (...given: unknown[]) => Promise<void>;

function addSetUp(program: Command, does: Does): void {
  program.commandsGroup('Set up:');
  program
    .command('init')
    .description('write a configuration: asks, or takes the options below')
    .option('-s, --source <type...>', 'systems of record: salesforce, snowflake')
    .option('-d, --destination <type...>', 'planes: bedrock-knowledge-base, azure-ai-search')
    .option('-n, --namespace <name>', 'the first part of every document id: your company')
    .option('--stream <stream...>', 'objects or tables to read: Account, or ANALYTICS.MART.USAGE')
    .option('--no-discover', 'do not ask the sources for their fields')
    .option('-y, --yes', 'ask nothing: salesforce, snowflake and both planes unless named')
    .option('--force', 'write over files that are there')
    .addHelpText(
      'after',
      '\nWith the credentials of a source in the environment or in .env, its allow-lists\nhold real field names, and sensitive ones are commented out.',
    )
    .action(does(async () => (await import('./init.ts')).runInit));
  program
    .command('check')
    .description('log in everywhere and check streams, fields, templates and planes; changes nothing')
    .addHelpText('after', '\nExit code 2 when something needs a person, 1 when a service is out of reach.')
    .action(does(async () => (await import('./check.ts')).runCheck));
  program
    .command('provision')
    .argument('[destination...]', 'all of them when absent')
    .description(
      'show what indexes and data sources lack, what they stand on, and who needs which permission',
    )
    .option('--apply', 'create and adjust what is missing; without it, nothing is changed')
    .option('--adopt', 'take over an index or data source that another installation owns')
    .option('--recreate', 'with --apply: also where that loses what is held there')
    .option('--policy', 'print only the least permissions that the configuration needs, as JSON')
    .option('--for <whom>', 'with --policy: agents that ask, or whom the screen names; Tributary when absent')
    .addHelpText(
      'after',
      '\nExit code 1 when something is to be created or adjusted, 2 when a person must act.\n--policy asks no service.',
    )
    .action(does(async () => (await import('./provision.ts')).runProvision, ['destinations']));
  program
    .command('discover')
    .argument('[source]', 'a source of the configuration; all of them when absent')
    .argument('[stream...]', 'objects or tables whose fields are shown')
    .description('list what a source offers: streams, and the fields of those named')
    .action(does(async () => (await import('./discover.ts')).runDiscover, ['source', 'streams']));
}

function addRuns(program: Command, does: Does): void {
  program.commandsGroup('Run:');
  program
    .command('sync')
    .argument('[pipeline...]', 'all of them when absent')
    .description('read what changed, compose the documents that use it, write them to every plane')
    .option('--dry-run', 'read and compose in a copy of the catalog; write nothing anywhere')
    .option('--limit <records>', 'root records per kind; the others are left for a later run', toCount)
    .option('-d, --destination <name...>', 'write to these destinations only')
    .option('--adopt', 'take over an index or data source that another installation owns')
    .option('--accept-deletes <stream...>', 'let the deletes pass that the guard held back for these streams')
    .option('--allow-deletes <number>', 'let them pass when they are no more than this', toCount)
    .addHelpText(
      'after',
      '\nExit code 1 when records or documents were quarantined or work is left for the\nnext run (not counting --limit), 2 when a person must act.',
    )
    .action(does(async () => (await import('./sync.ts')).runSync, ['pipelines']));
  program
    .command('plan')
    .argument('[pipeline...]', 'all of them when absent')
    .description('say what a run would create, update, delete and withhold, per destination and kind')
    .option('-d, --destination <name...>', 'for these destinations only')
    .option('--accept-deletes <stream...>', 'with the deletes that the guard holds back for these streams')
    .option('--allow-deletes <number>', 'with those deletes when they are no more than this', toCount)
    .option('-o, --output <file>', 'write the plan there, for apply')
    .addHelpText(
      'after',
      '\nReads the sources and looks at the destinations; changes neither, nor the catalog.',
    )
    .action(does(async () => (await import('./plan.ts')).runPlan, ['pipelines']));
  program
    .command('apply')
    .argument('<file>', 'a plan that was written with plan -o')
    .description('run what was planned; refused when the configuration or the catalog has changed since')
    .action(does(async () => (await import('./plan.ts')).runApply, ['file']));
  addBlueGreen(
    program
      .command('reindex')
      .argument('[pipeline...]', 'all of them when absent')
      .description('write documents again from the catalog; the sources are not read')
      .option('--kind <kind>', 'documents of this kind only')
      .option('--id <id>', 'this document only')
      .option('-d, --destination <name...>', 'on these destinations only')
      .option('--dry-run', 'say how many documents that would be'),
  ).action(does(async () => (await import('./reindex.ts')).runReindex, ['pipelines']));
  addSlots(program, does);
  program
    .command('verify')
    .description('compare what every destination really holds with what it should hold')
    .option('--deep', 'also have documents read back: all of them, or a sample where that takes questions')
    .option('--sample <documents>', 'how many of a sample (default: 100)', toCount)
    .option('--seed <number>', 'draw the same sample again', toCount)
    .option('--source', 'compare the records with what the sources list, in place of the planes')
    .option('--repair', 'write and delete what differs, at once')
    .option('-d, --destination <name...>', 'these destinations only')
    .addHelpText(
      'after',
      '\nExit code 1 when a difference was found (with --repair: when one is left).\nHow far a comparison reaches is named: present (listed by the service), accepted\nas (our receipt tells the version), seen as (the service returned it).',
    )
    .action(does(async () => (await import('./verify.ts')).runVerify));
  program
    .command('serve')
    .description('run the pipelines on their schedules until stopped')
    .option('--once', 'run every scheduled pipeline once, now, and end')
    .action(does(async () => (await import('./serve.ts')).runServe));
}

function addQuarantine(program: Command, does: Does): void {
  const quarantine = program
    .command('quarantine')
    .description('records and documents that cannot be handled: list, show, retry, discard');
  quarantine
    .command('list', { isDefault: true })
    .description('what is quarantined, why, and since when')
    .option('--limit <entries>', 'so many at the most', toCount, 100)
    .action(does(async () => (await import('./quarantine.ts')).runQuarantineList));
  quarantine
    .command('show')
    .argument('<id...>', 'a document id, <kind>/<record key>, or <stream>/<record key>')
    .description('one entry: what is in use in its place, and what helps')
    .option('--payload', 'with what failed, where catalog.quarantinePayload has it kept')
    .action(does(async () => (await import('./quarantine.ts')).runQuarantineShow, ['ids']));
  quarantine
    .command('retry')
    .argument('[id...]', 'entries as the list names them')
    .description('compose and send documents again, ask the source for records again')
    .option('--all', 'every entry')
    .option('--dry-run', 'say what would be tried; ask and change nothing')
    .addHelpText('after', '\nExit code 1 when something that was tried is still not good.')
    .action(does(async () => (await import('./quarantine.ts')).runQuarantineRetry, ['ids']));
  quarantine
    .command('discard')
    .argument('<id...>', 'entries as the list names them')
    .description('take entries off the list, and say what stays in their place')
    .option('--dry-run', 'say what would stay; change nothing')
    .action(does(async () => (await import('./quarantine.ts')).runQuarantineDiscard, ['ids']));
}

function addQuestions(program: Command, does: Does): void {
  program.commandsGroup('Look:');
  program
    .command('status')
    .description('what the catalog knows: streams, documents, planes, quarantine, last run')
    .action(does(async () => (await import('./status.ts')).runStatus));
  program
    .command('show')
    .argument('<id>', 'a document id, <kind>/<record key>, or a record key')
    .description('one document as it would be written, its parts, and what each destination holds')
    .action(does(async () => (await import('./show.ts')).runShow, ['id']));
  program
    .command('ask')
    .argument('<question...>', 'in plain words')
    .description('put one question to every plane and compare the answers')
    .option('--limit <hits>', 'passages per plane', toCount, 5)
    .option('--kind <kind>', 'documents of this kind only')
    .option('--where <filter>', 'documents that meet this portable filter only, as JSON')
    .option('--as <principal...>', 'who asks; only what everyone may read is found otherwise')
    .option('-d, --destination <name...>', 'these destinations only')
    .action(does(async () => (await import('./ask.ts')).runAsk, ['question']));
}

function addDemo(program: Command, does: Does): void {
  program.commandsGroup('Try:');
  const data = '--data <folder>';
  const ownData = 'your own CSV or JSON Lines files in place of the demo company';
  program
    .command('demo')
    .description('the whole story on this machine: emulated services, no account needed')
    .option(data, ownData)
    .option('--scale <factor>', 'size of the demo company', toFactor, 1)
    .option('--seed <number>', 'another company for another number', toCount)
    .option('--question <text>', 'ask this of both planes')
    .option('--keep', 'keep the catalog, and say where')
    .addHelpText(
      'after',
      '\nExit code 0 only when every figure adds up and all that the demo promises holds.',
    )
    .action(does(async () => (await import('./demo.ts')).runDemo));
  program
    .command('emulate')
    .argument(
      '[service...]',
      'salesforce, snowflake, bedrock, azure (all of these when absent); s3: bedrock with a bucket',
    )
    .description('serve the emulated services for development, until stopped')
    .option(data, ownData)
    .option('--scale <factor>', 'size of the demo company', toFactor, 1)
    .option('--seed <number>', 'another company for another number', toCount)
    .option('--port <first>', 'the first of seven ports in a row; any free ones when absent', toCount)
    .option('--no-limits', 'without the limits of the real services')
    .option('--fault <service:what:times...>', 'go wrong on purpose: azure:503:3, bedrock:429, snowflake:cut')
    .option('--dotenv <path>', 'also write the environment there, as a .env file for you alone')
    .addHelpText(
      'after',
      '\nWhat to paste into your shell goes to stdout. Faults are a status from 400 to 599,\ncut (the connection breaks before the request is handled), lost (after it), stall.',
    )
    .action(does(async () => (await import('./emulate.ts')).runEmulate, ['services']));
}

function toCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a number from 1.');
  return Number(text);
}

function toFactor(text: string): number {
  const factor = Number(text);
  if (!(factor > 0 && factor <= 10_000)) throw new InvalidArgumentError('It must be a number above 0.');
  return factor;
}

/** The package's own version, from the sources and from the build alike. */
function readVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version?: string };
      if (found.version !== undefined) return found.version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
