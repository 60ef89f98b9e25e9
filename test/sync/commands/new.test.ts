import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectorNames } from '../../../sync/scaffold/names.ts';
import { root } from '../../house/source-files.ts';
import { say } from './command-line.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tributary-new-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

/** A project of somebody else that has installed Tributary, as its sources, and the tools that the command names. */
function installIn(project: string): void {
  const modules = join(project, 'node_modules');
  const own = join(modules, 'tributary');
  mkdirSync(join(modules, '@types'), { recursive: true });
  mkdirSync(own);
  for (const name of ['zod', 'vitest', 'typescript', '@types/node']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  symlinkSync(root, join(own, 'sources'));
  const exports = { '.': './sources/index.ts', './testing': './sources/core/testing/index.ts' };
  writeFileSync(join(own, 'package.json'), JSON.stringify({ name: 'tributary', type: 'module', exports }));
  writeFileSync(join(project, 'package.json'), '{ "name": "stranger", "type": "module" }');
}
function inProject(...argv: string[]): { code: number | null; output: string } {
  const env = { ...process.env, NO_COLOR: '1', CI: 'true' };
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { code: status, output: `${stdout}${stderr}` };
}

describe('tributary new source', () => {
  it('makes a source whose test passes and whose types hold, in a folder of one’s choice', async () => {
    installIn(folder);
    const { code, out } = await say(['new', 'source', 'acme-crm', '--folder', 'own/crm'], { cwd: folder });
    expect(code).toBe(0);
    expect(out).toContain('npx vitest run --dir own/crm');
    expect(out).not.toContain('npm install');
    const tested = inProject(join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--dir', 'own/crm');
    expect(tested.output).toMatch(/Tests +\d\d passed \(\d\d\)/);
    expect(tested.code).toBe(0);
    expect(inProject(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'own/crm')).toEqual({
      code: 0,
      output: '',
    });
    const texts = filesIn(join(folder, 'own/crm')).map((file) =>
      readFileSync(join(folder, 'own/crm', file), 'utf8'),
    );
    expect(texts.filter((text) => /example.?rest/i.test(text))).toEqual([]);
    expect(texts.filter((text) => /'\.\.\/\.\.\//.test(text))).toEqual([]);
  });

  it('tells a stranger with an empty folder everything that is missing', async () => {
    const { code, out } = await say(['new', 'source', 'acme-crm', '--json'], { cwd: folder });
    const made = JSON.parse(out) as { type: string; files: string[]; next: { commands?: string[] }[] };
    expect([code, made.type]).toEqual([0, 'acme-crm']);
    expect(made.files).toEqual(filesIn(folder));
    expect(made.next[0]?.commands).toEqual([
      'npm init -y',
      'npm pkg set type=module',
      `npm pack ${resolve(root)}`,
      'npm install ./tributary-*.tgz zod',
      'npm install --save-dev vitest typescript @types/node',
    ]);
  });

  it('in a clone, puts it among the connectors and its test among theirs, and leads imports there', async () => {
    const { code, out } = await say(['new', 'source', 'acme-crm', '--dry-run', '--json'], { cwd: root });
    const made = JSON.parse(out) as { files: string[]; next: { commands?: string[] }[] };
    expect(code).toBe(0);
    expect(made.files).toContain('connectors/acme-crm/emulator/index.ts');
    expect(made.files).toContain('test/connectors/acme-crm/acme-crm.test.ts');
    expect(JSON.stringify(made.next)).toContain('.acmeCrmSource,');
    expect(existsSync(join(root, 'connectors/acme-crm'))).toBe(false);
  });

  it('writes nothing over: not a file, not into a folder that holds something', async () => {
    mkdirSync(join(folder, 'acme-crm'));
    writeFileSync(join(folder, 'acme-crm', 'client.ts'), 'mine');
    for (const name of ['acme-crm', 'other']) {
      const { code, error } = await say(['new', 'source', name, '--folder', 'acme-crm'], { cwd: folder });
      expect([code, error]).toEqual([2, expect.stringContaining('FILE_EXISTS')]);
    }
    expect(filesIn(folder)).toEqual(['acme-crm/client.ts']);
  });

  it.each([
    ['Acme CRM', 'acme-crm?'],
    ['acmeCRM', 'acme-crm?'],
    ['../escape', 'escape?'],
    ['3cx', 'cx?'],
    ['日本', 'for example acme-crm'],
    ['a'.repeat(41), `${'a'.repeat(40)}?`],
    ['snowflake', 'give yours another name'],
  ])('explains why %s is no name, and offers a better one', async (name, hint) => {
    const { code, error } = await say(['new', 'source', name], { cwd: folder });
    expect([code, error]).toEqual([2, expect.stringContaining(`→ ${hint}`)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives every form of a name that code needs', () => {
    expect(connectorNames('acme-crm2', [])).toEqual({
      kebab: 'acme-crm2',
      camel: 'acmeCrm2',
      pascal: 'AcmeCrm2',
      upper: 'ACME_CRM2',
      title: 'Acme Crm2',
    });
    expect(connectorNames('class', []).camel).toBe('class');
  });
});
