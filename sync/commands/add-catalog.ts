import type { Command } from 'commander';
import type { Does } from './program.ts';

/** The commands for the catalog file itself. */
export function addCatalog(program: Command, does: Does): void {
  const catalog = program
    .command('catalog')
    .description('the catalog file: back it up, put a backup in place, rebuild it when it is lost');
  catalog
    .command('backup')
    .argument('<file>', 'where to')
    .description('write a consistent copy, also beside a running sync')
    .option('--force', 'replace the file')
    .action(does(async () => (await import('./catalog.ts')).runCatalogBackup, ['file']));
  catalog
    .command('restore')
    .argument('<file>', 'a backup')
    .description('put a backup in place, take over what the planes hold by now, and run')
    .option('--dry-run', 'say what would be taken over and what a run would do; change nothing')
    .option('--force', 'put the catalog that is there aside, under another name')
    .option('--adopt', 'take over indexes and data sources that another installation owns')
    .action(does(async () => (await import('./catalog.ts')).runCatalogRestore, ['file']));
  catalog
    .command('rebuild')
    .description('make a lost catalog anew from the planes and the sources, and run')
    .option('--dry-run', 'say what would be taken over and what a run would do; change nothing')
    .option('--adopt', 'take over indexes and data sources that another installation owns')
    .addHelpText(
      'after',
      '\nWhat a plane tells with its fingerprint and is as it should be is not written\nagain; what it only lists is written once more. Nothing is deleted before the\nsources have been read completely, and never many at once without a person.',
    )
    .action(does(async () => (await import('./catalog.ts')).runCatalogRebuild));
}
