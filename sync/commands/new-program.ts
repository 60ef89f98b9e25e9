import type { Command } from 'commander';
import type { Does } from './program.ts';

/** The commands that begin a connector of one's own. */
export function addNew(program: Command, does: Does): void {
  const begin = program
    .command('new')
    .description('begin a connector of your own: a source that works, with its emulator and its test')
    .helpGroup('Set up:');
  begin
    .command('source')
    .argument('<name>', 'its type in connectors.config.yaml, and its folder: acme-crm')
    .description('copy the example source under another name, and say what comes next')
    .option(
      '--folder <path>',
      'where to; a folder of that name here when absent, in a clone connectors/<name>',
    )
    .option('--dry-run', 'say which files would be written; write nothing')
    .addHelpText('after', '\nNothing is ever written over.')
    .action(does(async () => (await import('./new.ts')).runNewSource, ['name']));
}
