import { ConfigError, TransientError } from '../../contract/errors.ts';

interface Fault {
  readonly what: string;
  readonly hint?: string;
}

const writable = 'let this user write the file and its folder; SQLite keeps two more files beside it';
const restore =
  'move the file away, then `tributary catalog restore <backup>`, or `tributary catalog rebuild` without a backup';

/** What SQLite found wrong with the file, by its primary result code. https://www.sqlite.org/rescode.html */
const faults: Readonly<Record<number, Fault>> = {
  8: { what: 'it is read-only', hint: writable },
  10: {
    what: 'the disk refuses to read or write it',
    hint: 'look at the disk: its space, its quota, its health',
  },
  11: { what: 'it is damaged', hint: restore },
  13: { what: 'the disk is full', hint: 'free space on the disk; the next run goes on from here' },
  14: { what: 'it cannot be opened', hint: writable },
  26: { what: 'it is not a catalog, or it is damaged at its beginning', hint: restore },
};
const busy = 5;
/** What the operating system refuses before SQLite is asked. */
const refusals: Readonly<Record<string, Fault>> = {
  EACCES: { what: 'permission is denied', hint: writable },
  EPERM: { what: 'it belongs to another user', hint: writable },
  EROFS: { what: 'its file system is read-only', hint: writable },
  ENOSPC: faults[13]!,
};

/** An error that a person, or time, can mend; undefined for any other, which is a bug. `path`: of the file being opened. */
export function catalogFault(error: unknown, path?: string): ConfigError | TransientError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', errcode = 0 } = error as Error & { code?: string; errcode?: number };
  const primary = code === 'ERR_SQLITE_ERROR' ? errcode & 0xff : undefined;
  if (primary === busy)
    return new TransientError('the catalog is locked by another process', { cause: error });
  const fault = primary !== undefined ? faults[primary] : path !== undefined ? refusals[code] : undefined;
  if (!fault) return undefined;
  return new ConfigError('CATALOG_UNUSABLE', `the catalog cannot be used: ${fault.what}`, {
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
    ...(path === undefined ? {} : { where: path }),
    cause: error,
  });
}
