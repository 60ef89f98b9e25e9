import { Option, type Command } from 'commander';
import type { Does } from './program.ts';

/** The verbs of a reindex without downtime. */
export function addBlueGreen(reindex: Command): Command {
  return reindex
    .addOption(
      new Option(
        '--blue-green',
        'without downtime: fill a second slot, verify it, then lead agents there',
      ).conflicts(['kind', 'id']),
    )
    .option('--prepare-only', 'with --blue-green: fill and verify; agents stay where they are')
    .addHelpText(
      'after',
      '\nWith --blue-green every destination that can gets a second slot; both slots get\nevery change, also from other runs, until `slots retire`. Called again after a stop\nanywhere, it goes on. Exit code 1 while agents are not led to the new slots.',
    );
}

export function addSlots(program: Command, does: Does): void {
  const slots = program
    .command('slots')
    .description('slots side by side during a reindex without downtime: list, rollback, retire, abandon');
  const destinations = ['-d, --destination <name...>', 'of these destinations only'] as const;
  slots
    .command('list', { isDefault: true })
    .description('which slots get changes, and where agents are led')
    .action(does(async () => (await import('./slots.ts')).runSlotsList));
  slots
    .command('rollback')
    .description('lead agents back to the former slots, which have every change; once more leads forward')
    .option(...destinations)
    .option('--dry-run', 'say where agents would be led; change nothing')
    .action(does(async () => (await import('./slots.ts')).runSlotsRollback));
  slots
    .command('retire')
    .description('give the former slots up and delete all they hold of ours: no way back after that')
    .option(...destinations)
    .option('--dry-run', 'say which; delete nothing')
    .action(does(async () => (await import('./slots.ts')).runSlotsRetire));
  slots
    .command('abandon')
    .description('give up a reindex: delete what the slots that are being filled hold')
    .option(...destinations)
    .option('--dry-run', 'say which; delete nothing')
    .action(does(async () => (await import('./slots.ts')).runSlotsAbandon));
}
