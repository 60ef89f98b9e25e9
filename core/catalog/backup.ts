import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../contract/errors.ts';
import { schemaVersion } from './sqlite/migrations.ts';

export interface CatalogBackup {
  readonly installation: string;
  readonly bytes: number;
  readonly records: number;
  readonly documents: number;
}

/**
 * A consistent copy in one file, also beside a running sync: it is whole or it is not there, only its owner can read it, and
 * a file of that name is replaced only when asked to. https://www.sqlite.org/lang_vacuum.html#vacuuminto
 */
export function backupCatalog(from: string, to: string, overwrite: boolean): CatalogBackup {
  if (!existsSync(from))
    throw new ConfigError('CATALOG_MISSING', `there is no catalog at ${from}`, {
      hint: 'the first run makes it',
    });
  if (!overwrite && existsSync(to)) throw exists(to);
  const part = besides(to);
  try {
    copyInto(from, part);
    const backup = readBackup(part);
    if (overwrite) renameSync(part, to);
    else linkNew(part, to);
    syncFolder(dirname(to));
    return backup;
  } finally {
    rmSync(part, { force: true });
  }
}

/** What a backup holds; refused when it is none, damaged, or written by a newer version. */
export function readBackup(path: string): CatalogBackup {
  const invalid = (why: string): ConfigError =>
    new ConfigError('CATALOG_BACKUP_INVALID', `${path} is no usable backup of a catalog: ${why}`, {
      hint: 'take another backup, or `tributary catalog rebuild`',
    });
  if (!existsSync(path)) throw invalid('there is no such file');
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: true });
    const one = (sql: string): unknown => Object.values(connection!.prepare(sql).get() ?? {})[0];
    if (one('PRAGMA quick_check(1)') !== 'ok') throw invalid('it is damaged');
    const version = Number(one('PRAGMA user_version'));
    if (version < 1 || version > schemaVersion) throw invalid(`schema version ${version}`);
    return {
      installation: String(one("SELECT value FROM meta WHERE key='installation'")),
      bytes: Number(one('PRAGMA page_count')) * Number(one('PRAGMA page_size')),
      records: Number(one('SELECT count(*) FROM body')),
      documents: Number(one('SELECT count(*) FROM document')),
    };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw invalid(error instanceof Error ? error.message : String(error));
  } finally {
    connection?.close();
  }
}

/** A copy to work on before it is put in place; nobody holds a lease in it. */
export function copyBackup(from: string, to: string): void {
  copyInto(from, to);
  const connection = new DatabaseSync(to);
  connection.exec('DELETE FROM lease');
  connection.close();
}

function copyInto(from: string, to: string): void {
  closeSync(openSync(to, 'wx', 0o600));
  chmodSync(to, 0o600);
  const connection = new DatabaseSync(from, { readOnly: true });
  try {
    connection.exec('PRAGMA busy_timeout=10000');
    connection.prepare('VACUUM INTO ?').run(to);
  } finally {
    connection.close();
  }
  const file = openSync(to, 'r');
  fsyncSync(file);
  closeSync(file);
}

/** A name in the same folder, so that it can be renamed; nobody guesses it. */
export const besides = (path: string): string => join(dirname(path), `.${randomUUID()}.part`);

function linkNew(part: string, to: string): void {
  try {
    linkSync(part, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(to);
    throw error;
  }
}

export function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  fsyncSync(file);
  closeSync(file);
}

const exists = (path: string): ConfigError =>
  new ConfigError('FILE_EXISTS', `${path} is there already`, {
    hint: 'choose another name, or --force to replace it',
  });
