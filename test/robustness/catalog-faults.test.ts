import { chmodSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCompanyProcess, type CompanyProcess, type Ended } from './company-process.ts';

let company: CompanyProcess;
beforeEach(() => (company = createCompanyProcess()));
afterEach(() => company.end());

/** A person is told what is wrong and what to do, in words, and the exit code says that it is for them to do. */
function expectTold(ended: Ended, what: RegExp): void {
  const said = ended.out + ended.error;
  expect(said).toMatch(what);
  expect(said).toMatch(/\(CATALOG_UNUSABLE\)[^]*→ /);
  expect(said).not.toMatch(/\n {4}at |bug/i);
  expect(ended.code).toBe(2);
}
function expectCleanRun(): void {
  const ended = company.say('sync', '--no-progress');
  expect([ended.code, ended.error]).toEqual([0, '']);
  expect(company.isRight()).toBe(true);
}

describe('a disk that is full', () => {
  it.each([
    ['before the catalog is made', 60],
    ['while streams are pulled', 550],
    ['while documents are published', 800],
  ])('%s ends the command with what to do, and the next run goes on from there', (_when, kibibytes) => {
    expectTold(company.sayWithin(kibibytes, 'sync', '--no-progress'), /the disk/);
    expectCleanRun();
  });

  it('in a later run leaves what was there, and the run after it brings the rest', () => {
    expectCleanRun();
    const { crm } = company.open();
    for (const key of ['a1', 'a2', 'a3']) crm.patch('Account', key, { Name: `New ${key}` });
    crm.remove('Contact', 'c1');
    expectTold(company.sayWithin(60, 'sync', '--no-progress'), /the disk/);
    expectCleanRun();
  });
});

describe('a catalog that cannot be used', () => {
  beforeEach(() => {
    expectCleanRun();
    copyFileSync(company.catalog, `${company.catalog}.backup`);
  });
  const commands = [['sync', '--no-progress'], ['status']];
  const restore = (): void => {
    rmSync(company.catalog);
    for (const more of ['-wal', '-shm']) rmSync(`${company.catalog}${more}`, { force: true });
    copyFileSync(`${company.catalog}.backup`, company.catalog);
  };

  it.each([
    [
      'overwritten in its middle',
      (bytes: Buffer) => {
        for (let at = 4 * 8192; at < bytes.length; at += 8192) bytes.fill(0x5a, at, at + 4096);
        return bytes;
      },
    ],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 100_000)],
    ['no database', () => Buffer.from('accounts, contacts\n'.repeat(1000))],
    ['overwritten at its beginning', (bytes: Buffer) => bytes.fill(0, 0, 4096)],
  ])('%s: every command says so, and a backup in its place is all it takes', (_how, spoil) => {
    writeFileSync(company.catalog, spoil(readFileSync(company.catalog)));
    for (const command of commands) expectTold(company.say(...command), /damaged|not a catalog/);
    restore();
    expectCleanRun();
  });

  it('emptied is a new catalog: it does not take the planes of the old one without being told to', () => {
    truncateSync(company.catalog, 0);
    const ended = company.say('sync', '--no-progress');
    expect([ended.code, ended.out + ended.error]).toEqual([2, expect.stringMatching(/another installation/)]);
    expect(company.say('sync', '--no-progress', '--adopt').code).toBe(0);
    expect(company.isRight()).toBe(true);
  });

  it('that this user may not write: every command says so, and goes on once they may', () => {
    chmodSync(company.folder, 0o755);
    chmodSync(company.catalog, 0o444);
    for (const file of [
      'connectors.config.yaml',
      'crm.jsonl',
      'warehouse.jsonl',
      'left.jsonl',
      'right.jsonl',
    ])
      chmodSync(`${company.folder}/${file}`, 0o666);
    if (process.getuid!() === 0) {
      for (const command of commands) expectTold(company.say('--unprivileged', ...command), /another user/);
    } else {
      chmodSync(company.folder, 0o555);
      for (const command of commands) expectTold(company.say(...command), /read-only|cannot be opened/);
      chmodSync(company.folder, 0o755);
    }
    expectCleanRun();
  });
});
