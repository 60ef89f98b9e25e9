import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileCompany } from '../crash/file-company.ts';
import { yamlOf } from '../sync/company.ts';
import { expectedBodies } from '../sync/oracle.ts';
import { bodies } from '../sync/scenario.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}
const script = join(import.meta.dirname, 'company-cli.ts');

/** A company in files of a folder, and the command line over it, each command a process of its own. */
export function createCompanyProcess() {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-robust-'));
  const start = (command: string, args: readonly string[]): Ended => {
    const options = { encoding: 'utf8', timeout: 60_000 } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    return { code: status, out: stdout, error: stderr };
  };
  writeFileSync(join(folder, 'connectors.config.yaml'), `catalog: { path: catalog.sqlite }\n${yamlOf()}`);
  return {
    folder,
    catalog: join(folder, 'catalog.sqlite'),
    say: (...argv: string[]): Ended => start(process.execPath, [script, folder, ...argv]),
    /** No file may grow beyond so many KiB: writing then fails, as on a full disk. */
    sayWithin: (kibibytes: number, ...argv: string[]): Ended =>
      start('bash', [
        '-c',
        `ulimit -f ${kibibytes}; exec "$0" "$@"`,
        process.execPath,
        script,
        folder,
        ...argv,
      ]),
    /** A sync whose right plane never answers; `hangs` resolves once it waits for it. */
    hang(): { readonly child: ChildProcess; readonly hangs: Promise<void>; readonly ended: Promise<Ended> } {
      const child = spawn(process.execPath, [script, folder, '--hanging', 'sync', '--no-progress']);
      let [out, error] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      const hangs = new Promise<void>((resolve) => {
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          error += text;
          if (error.includes('hanging')) resolve();
        });
      });
      const ended = new Promise<Ended>((resolve) => {
        child.on('close', (code) => resolve({ code, out, error }));
      });
      return { child, hangs, ended };
    },
    /** Whether both planes hold what the sources say, worked out without the engine. */
    isRight(): boolean {
      const company = openFileCompany(folder);
      const expected = JSON.stringify(expectedBodies(company));
      return [company.left, company.right].every((plane) => JSON.stringify(bodies(plane)) === expected);
    },
    open: () => openFileCompany(folder),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}
export type CompanyProcess = ReturnType<typeof createCompanyProcess>;
