import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let project = '';
const manifest = { name: 'project', version: '1.0.0', dependencies: { dep: 'file:./dep' } };
const write = (path: string, content: unknown) => writeFile(join(project, path), JSON.stringify(content));

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'tributary-install-'));
  await mkdir(join(project, 'scripts'));
  await mkdir(join(project, 'dep'));
  await copyFile('scripts/ensure-installed.mjs', join(project, 'scripts/ensure-installed.mjs'));
  await write('dep/package.json', { name: 'dep', version: '1.0.0' });
  await write('package.json', manifest);
  await write('package-lock.json', {
    name: 'project',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': manifest,
      dep: { version: '1.0.0' },
      'node_modules/dep': { resolved: 'dep', link: true },
    },
  });
});
afterEach(() => rm(project, { recursive: true, force: true }));

/** The real npm; a linked folder needs no registry. */
const run = (env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(project, 'scripts/ensure-installed.mjs')], {
    encoding: 'utf8',
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', HOME: project, npm_config_offline: 'true', ...env },
  });

test('A fresh clone is installed by npm ci, announced in one line, and standard output stays clean', async () => {
  const { status, stdout, stderr } = run();
  expect(stderr).toMatch(/^Installing packages \(npm ci\): nothing is installed yet\.\n/);
  expect(stdout).toBe('');
  expect(status).toBe(0);
  expect(await readdir(join(project, 'node_modules'))).toContain('dep');
});

test('Without a lock file npm install is run, also where development packages are usually left out', async () => {
  await rm(join(project, 'package-lock.json'));
  await write('package.json', { name: 'project', version: '1.0.0', devDependencies: { dep: 'file:./dep' } });
  const { status, stderr } = run({ NODE_ENV: 'production' });
  expect(stderr).toContain('Installing packages (npm install)');
  expect(status).toBe(0);
  expect(await readdir(join(project, 'node_modules'))).toContain('dep');
});

test('When everything is installed nothing is run and nothing is said, however new the lock file looks', async () => {
  expect(run().status).toBe(0);
  const later = new Date(Date.now() + 3_600_000);
  await utimes(join(project, 'package-lock.json'), later, later);
  expect(run({ PATH: '' })).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

test.each([
  ['another version', { 'node_modules/dep': { version: '2.0.0' } }, 'are not those of package-lock.json'],
  ['a package that is not installed', { 'node_modules/new': { version: '1.0.0' } }, 'are not those of'],
  ['no package any more', {}, 'that package-lock.json does not name'],
])('A lock file that names %s leads to an installation', async (_case, packages, reason) => {
  await mkdir(join(project, 'node_modules/dep'), { recursive: true });
  await write('node_modules/.package-lock.json', { packages: { 'node_modules/dep': { version: '1.0.0' } } });
  await write('package-lock.json', { lockfileVersion: 3, packages });
  expect(run({ PATH: '' }).stderr).toContain(reason);
});

test('An optional package that does not fit this machine, and the address of a mirror, are no reason', async () => {
  await mkdir(join(project, 'node_modules/dep'), { recursive: true });
  const dep = { version: '1.0.0', integrity: 'sha512-a' };
  await write('node_modules/.package-lock.json', {
    packages: { 'node_modules/dep': { ...dep, resolved: 'https://mirror.example/dep.tgz' } },
  });
  await write('package-lock.json', {
    packages: {
      'node_modules/dep': { ...dep, resolved: 'https://registry.example/dep.tgz' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    },
  });
  expect(run({ PATH: '' })).toMatchObject({ status: 0, stderr: '' });
});

test('When npm fails the command stops with a code and says what to do', async () => {
  await write('package-lock.json', { lockfileVersion: 3, packages: { '': { name: 'project' } } });
  const { status, stdout, stderr } = run();
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/npm ci failed \(ended with code \d+\).*run `npm ci` yourself/);
  expect(run({ PATH: '' }).stderr).toContain('npm ci failed (spawnSync npm ENOENT)');
});
