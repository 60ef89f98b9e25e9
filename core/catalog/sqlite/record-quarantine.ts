import type { Json } from '../../contract/json.ts';
import type { Database } from './database.ts';
import { encodePayload } from './payload.ts';
import { shortKey } from './record-text.ts';

/** Noted once a key: an entry that is there keeps since when, and counts. */
export function quarantineRecord(
  database: Database,
  stream: number,
  key: string,
  why: { readonly reason: string; readonly payload: Json | undefined },
  asOf: string,
): void {
  database.run(
    'INSERT INTO record_quarantine(stream,key,reason,since,last_seen,payload) VALUES(?1,?2,?3,?4,?4,?5) ' +
      'ON CONFLICT(stream,key) DO UPDATE SET reason=excluded.reason, last_seen=excluded.last_seen, payload=excluded.payload, attempts=attempts+1',
    stream,
    shortKey(key),
    why.reason,
    asOf,
    encodePayload(why.payload),
  );
}

/** What could be read again is no longer quarantined. */
export function clearQuarantine(database: Database, stream: number, keys: readonly string[]): void {
  if (!database.get('SELECT 1 FROM record_quarantine WHERE stream=? LIMIT 1', stream)) return;
  database.run(
    'DELETE FROM record_quarantine WHERE stream=? AND key IN (SELECT value FROM json_each(?))',
    stream,
    JSON.stringify(keys),
  );
}
