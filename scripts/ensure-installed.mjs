// Installs what the project needs when node_modules does not hold what package-lock.json says; silent otherwise.
// Runs before `npm test` and `npm run demo`, on any Node from 18 and without a dependency: nothing may be there yet.
// Standard output stays clean for the command that follows.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reason = reasonToInstall();
if (reason !== undefined) install(reason);

/** Compares contents, not times: a checkout touches the lock file without changing it. */
function reasonToInstall() {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  // npm notes here what it has installed. https://docs.npmjs.com/cli/configuring-npm/package-lock-json#hidden-lockfiles
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'nothing is installed yet';
  if (wanted === undefined) return undefined;
  for (const [path, entry] of Object.entries(wanted)) {
    const present = installed[path];
    // An optional package may be left out: it does not fit this platform, or failed to install.
    if (present === undefined && entry.optional) continue;
    if (present === undefined || !isSame(present, entry)) {
      return 'the installed packages are not those of package-lock.json';
    }
    if (!existsSync(join(root, path))) return 'an installed package has gone';
  }
  const isSurplus = Object.keys(installed).some((path) => wanted[path] === undefined);
  return isSurplus ? 'packages are installed that package-lock.json does not name' : undefined;
}

/** Not by address: an installation through a mirror notes the mirror's. */
function isSame(present, entry) {
  const isKnown = present.integrity !== undefined && entry.integrity !== undefined;
  return present.version === entry.version && (!isKnown || present.integrity === entry.integrity);
}

/** The packages that a lock file lists, without the project itself; undefined when there is no readable file. */
function packagesIn(file) {
  try {
    const { packages = {} } = JSON.parse(readFileSync(file, 'utf8'));
    return Object.fromEntries(Object.entries(packages).filter(([path]) => path.startsWith('node_modules/')));
  } catch {
    return undefined;
  }
}

function install(why) {
  const command = existsSync(join(root, 'package-lock.json')) ? 'ci' : 'install';
  process.stderr.write(`Installing packages (npm ${command}): ${why}.\n`);
  const options = [command, '--include=dev', '--no-audit', '--no-fund'];
  const output = { cwd: root, stdio: ['ignore', 2, 2] };
  const npm = process.env.npm_execpath;
  const result = npm?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...options], output)
    : spawnSync('npm', options, { ...output, shell: process.platform === 'win32' });
  if (result.status === 0) return;
  const what =
    result.error === undefined ? `ended with code ${result.status ?? result.signal}` : result.error.message;
  process.stderr.write(
    `npm ${command} failed (${what}). Its messages are above; check the network and the registry, then run \`npm ${command}\` yourself.\n`,
  );
  process.exit(1);
}
