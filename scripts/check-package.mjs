// Packs what would be published, installs it in an empty folder, and uses it as a stranger would: command and library.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'tributary-package-'));
const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
try {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder]));
  const { filename } = Array.isArray(packed) ? packed[0] : Object.values(packed)[0];
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n');
  run('npm', ['install', '--no-audit', '--no-fund', join(folder, filename)], { cwd: folder });
  const help = run('node_modules/.bin/tributary', ['--help'], { cwd: folder });
  if (!help.includes('sync')) throw new Error('the packed command has no help');
  writeFileSync(
    join(folder, 'use.ts'),
    `import { createTributary, defineDestination, defineSource, toLangChainDocument, type BusinessDocument } from 'tributary';
const names: string[] = [createTributary, defineDestination, defineSource, toLangChainDocument].map((one) => typeof one);
const documents: BusinessDocument[] = [];
console.log(JSON.stringify({ names, documents }));
`,
  );
  const used = JSON.parse(run('node', ['use.ts'], { cwd: folder }));
  if (used.names.some((type) => type !== 'function')) throw new Error('the packed library lacks an export');
  run(
    'tsc',
    [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--skipLibCheck',
      '--types',
      '',
      'use.ts',
    ].concat(['--lib', 'es2024,dom']),
    { cwd: folder },
  );
  // The thread that renews leases is found beside its module, wherever that was built to.
  const lease = (name) => join(folder, 'node_modules/tributary/dist/core/catalog/sqlite', name);
  writeFileSync(
    join(folder, 'lease.mjs'),
    `import { openDatabase } from ${JSON.stringify(lease('database.js'))};
import { createLeases } from ${JSON.stringify(lease('leases.js'))};
const database = openDatabase(${JSON.stringify(join(folder, 'lease.sqlite'))});
const end = () => database.get('SELECT expires_at FROM lease')[0];
const times = { leaseMs: 60_000, renewEveryMs: 50, startAfterMs: 0, silentMs: 60_000 };
createLeases(database, Date.now, times).acquire(['compose']);
const before = end();
while (end() === before) await new Promise((go) => setTimeout(go, 10));
`,
  );
  run('node', ['lease.mjs'], { cwd: folder, timeout: 30_000 });
  const { vitest, typescript } = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies;
  const tools = [`vitest@${vitest}`, `typescript@${typescript}`, '@types/node@24', 'zod'];
  run('npm', ['install', '--no-audit', '--no-fund', '--save-dev', ...tools], { cwd: folder });
  run('node_modules/.bin/tributary', ['new', 'source', 'acme-crm'], { cwd: folder });
  run('node_modules/.bin/vitest', ['run', '--dir', 'acme-crm'], { cwd: folder });
  run('node_modules/.bin/tsc', ['-p', 'acme-crm'], { cwd: folder });
  console.log(
    `package: ${filename} installs, its command and its library work, its types check, and so does a new source`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
