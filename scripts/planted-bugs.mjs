// Plants each bug of test/mutation/bugs.ts in a copy of the checkout, alone, and runs the tests that must notice it.
// `node scripts/planted-bugs.mjs [--committed] [part of a name …]`: the files as they stand, or as last committed.
// Exit code 1 when a bug survives or the tests fail without one.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bugs } from '../test/mutation/bugs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const longestMs = 300_000;
const committed = process.argv.includes('--committed');
const wanted = process.argv.slice(2).filter((word) => word !== '--committed');
const chosen = bugs.filter((bug) => wanted.length === 0 || wanted.some((part) => bug.name.includes(part)));
const copy = mkdtempSync(join(tmpdir(), 'tributary-planted-'));
process.on('SIGINT', () => process.exit(130));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));

if (committed) {
  const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', copy], { input: archive });
} else {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

/** A test that never ends has noticed the bug too. */
function run(tests) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(copy, 'node_modules/vitest/vitest.mjs'), 'run', '--bail', '1', '--reporter', 'dot', ...tests],
    { cwd: copy, encoding: 'utf8', timeout: longestMs, env: { ...process.env, CI: 'true', NO_COLOR: '1' } },
  );
  const noticed = / FAIL {2}(\S.*)/.exec(`${stdout}${stderr}`)?.[1];
  return {
    passed: status === 0,
    noticed: noticed ?? (status === null ? 'did not end' : undefined),
    output: `${stdout}${stderr}`,
  };
}

const sound = run([...new Set(chosen.flatMap((bug) => bug.tests))]);
if (!sound.passed) {
  console.error(sound.output);
  console.error('These tests fail without any bug.');
  process.exit(1);
}
const survived = [];
for (const bug of chosen) {
  const path = join(copy, bug.file);
  const text = readFileSync(path, 'utf8');
  if (text.split(bug.find).length !== 2)
    throw new Error(`${bug.name}: its text does not stand in ${bug.file} exactly once`);
  writeFileSync(
    path,
    text.replace(bug.find, () => bug.replace),
  );
  const started = Date.now();
  const { passed, noticed, output } = run(bug.tests);
  writeFileSync(path, text);
  // A file that cannot be loaded would fail too, and prove nothing.
  const proven = !passed && noticed !== undefined && !/SyntaxError|Transform failed|PARSE_ERROR/.test(output);
  if (!proven) survived.push(bug.name);
  const seconds = ((Date.now() - started) / 1000).toFixed(0).padStart(3);
  console.log(
    `${proven ? 'caught  ' : 'SURVIVED'} ${seconds} s  ${bug.name}\n${' '.repeat(16)}${proven ? noticed : bug.breaks}`,
  );
}
console.log(`\n${chosen.length - survived.length} of ${chosen.length} caught`);
process.exitCode = survived.length > 0 ? 1 : 0;
