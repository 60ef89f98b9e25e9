import { runCli } from '../../sync/cli.ts';
import { stopOnSignals } from '../../sync/commands/stop-on-signals.ts';
import { openFileCompany } from '../crash/file-company.ts';

/**
 * `node company-cli.ts <folder> [--unprivileged] <command line>`: the command line as a process of its own, over the company
 * that lies in files of the folder. `--unprivileged`: what only the system's administrator may do is refused. `--hanging`: the
 * right plane never answers; what is under way gets half a second when the process is told to stop.
 */
const [folder = '', ...rest] = process.argv.slice(2);
const unprivileged = rest[0] === '--unprivileged';
const hanging = rest[0] === '--hanging';
const argv = unprivileged || hanging ? rest.slice(1) : rest;
const company = openFileCompany(folder);
if (hanging) {
  company.right.switches.onWrite = () => {
    process.stderr.write('hanging\n');
    return new Promise<never>(() => {});
  };
}
const stopMs = hanging ? 500 : undefined;
const io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  cwd: folder,
  registry: company.registry,
  signal: stopOnSignals(stopMs),
};
if (unprivileged) {
  // Loads what the command needs while everything may be read.
  const silent = { write: () => true };
  await runCli([...argv, '--config', 'nowhere.yaml'], { ...io, stdout: silent, stderr: silent });
  if (process.getuid?.() === 0) process.seteuid!('nobody');
}
const code = await runCli(argv, io);
process.stdout.write('', () => process.exit(code));
