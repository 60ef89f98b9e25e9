import { runCli } from '../../sync/cli.ts';
import { stopReason } from '../../sync/commands/exit-codes.ts';
import { openFileCompany } from '../crash/file-company.ts';

/**
 * `node company-cli.ts <folder> [--unprivileged] <command line>`: the command line as a process of its own, over the company
 * that lies in files of the folder. `--unprivileged`: what only the system's administrator may do is refused.
 */
const [folder = '', ...rest] = process.argv.slice(2);
const unprivileged = rest[0] === '--unprivileged';
const argv = unprivileged ? rest.slice(1) : rest;
const company = openFileCompany(folder);
const controller = new AbortController();
process.on('SIGTERM', () => controller.abort(stopReason('SIGTERM')));
const io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: {},
  cwd: folder,
  registry: company.registry,
  signal: controller.signal,
};
if (unprivileged) {
  // Loads what the command needs while everything may be read.
  const silent = { write: () => true };
  await runCli([...argv, '--config', 'nowhere.yaml'], { ...io, stdout: silent, stderr: silent });
  if (process.getuid?.() === 0) process.seteuid!('nobody');
}
process.exitCode = await runCli(argv, io);
