import type { Lease, StreamStore } from '../catalog.ts';
import type { Database } from './database.ts';
import type { Definitions } from './definitions.ts';
import { readBodies } from './links.ts';
import { lookUp, removeRecord } from './save-page.ts';
import { scanLive } from './scan-live.ts';
import type { StreamIds } from './streams.ts';
import { collectTouches, freshLane } from './touch.ts';

const chunkBits = 8192;

/** Which keys an enumeration has shown, as bitmaps over record ids: a mark costs a bit, never an update of a row. */
export function createEnumerations(
  database: Database,
  definitions: Definitions,
  guard: (lease: Lease, stream: string) => void,
  ids: StreamIds,
): Pick<
  StreamStore,
  'startEnumeration' | 'noteSeen' | 'unknown' | 'unseen' | 'endEnumeration' | 'removeAbsent'
> & {
  /** A page read while an enumeration is open shows its records too, also those it leaves unchanged. */
  noteRead(stream: number, keys: readonly string[]): void;
} {
  const chunks = new Map<number, Map<number, Uint8Array>>();
  /** By stream. */
  const open = new Map<number, number>();

  const isSeen = (enumeration: number, id: number): boolean => {
    const bits = load(enumeration, Math.floor(id / chunkBits));
    const bit = id % chunkBits;
    return (bits[bit >> 3]! & (1 << (bit & 7))) !== 0;
  };
  const load = (enumeration: number, chunk: number): Uint8Array => {
    const ofThis = chunks.get(enumeration) ?? new Map<number, Uint8Array>();
    chunks.set(enumeration, ofThis);
    let bits = ofThis.get(chunk);
    if (!bits) {
      const row = database.get('SELECT bits FROM seen WHERE enumeration=? AND chunk=?', enumeration, chunk);
      bits = row ? new Uint8Array(row[0] as Uint8Array) : new Uint8Array(chunkBits / 8);
      ofThis.set(chunk, bits);
    }
    return bits;
  };
  const isQuarantined = (stream: number, key: string): boolean =>
    database.get('SELECT 1 FROM record_quarantine WHERE stream=? AND key=?', stream, key) !== undefined;
  const mark = (enumeration: number, stream: number, keys: readonly string[]): Set<number> => {
    const touched = new Set<number>();
    for (const { id } of lookUp(database, stream, keys).values()) {
      const chunk = Math.floor(id / chunkBits);
      const bit = id % chunkBits;
      const bits = load(enumeration, chunk);
      bits[bit >> 3] = bits[bit >> 3]! | (1 << (bit & 7));
      touched.add(chunk);
    }
    return touched;
  };
  return {
    noteRead(stream, keys) {
      const enumeration = open.get(stream);
      if (enumeration !== undefined) mark(enumeration, stream, keys);
    },
    startEnumeration(lease, stream) {
      return database.transaction(() => {
        guard(lease, stream);
        const enumeration = database.next('enumeration');
        open.set(ids.id(stream), enumeration);
        return enumeration;
      });
    },
    noteSeen(lease, stream, enumeration, keys) {
      const touched = mark(enumeration, ids.id(stream), keys);
      database.transaction(() => {
        guard(lease, stream);
        for (const chunk of touched) {
          database.run(
            'INSERT OR REPLACE INTO seen(enumeration,chunk,bits) VALUES(?,?,?)',
            enumeration,
            chunk,
            load(enumeration, chunk),
          );
        }
      });
    },
    unknown(stream, keys) {
      const stored = lookUp(database, ids.id(stream), keys);
      return keys.filter((key) => !stored.get(key)?.hash);
    },
    *unseen(stream, enumeration, asOf, asked = false) {
      const scan = { asOf, select: 'r.id', withQuarantined: asked };
      for (const rows of scanLive(database, ids.id(stream), scan))
        yield rows.filter((row) => !isSeen(enumeration, row[1] as number)).map((row) => row[0] as string);
    },
    endEnumeration(lease, stream, enumeration) {
      database.transaction(() => {
        guard(lease, stream);
        database.run('DELETE FROM seen WHERE enumeration=?', enumeration);
      });
      chunks.delete(enumeration);
      open.delete(ids.id(stream));
    },
    removeAbsent(lease, stream, keys, asOf, asked = false) {
      return database.transaction(() => {
        guard(lease, stream);
        const id = ids.id(stream);
        const touches = collectTouches(database, definitions, freshLane);
        const stored = lookUp(database, id, keys);
        const bodies = readBodies(
          database,
          [...stored.values()].map((one) => one.id),
        );
        let removed = 0;
        for (const [key, one] of stored) {
          if (one.hash === null || one.asOf >= asOf || (!asked && isQuarantined(id, key))) continue;
          removeRecord(
            { database, definitions, stream: { id, name: stream }, asOf, touches },
            key,
            one.id,
            bodies.get(one.id),
          );
          for (const table of ['etag', 'record_quarantine'])
            database.run(`DELETE FROM ${table} WHERE stream=? AND key=?`, id, key);
          removed++;
        }
        touches.write();
        database.run('UPDATE stream SET changes=changes+? WHERE id=?', removed, id);
        return removed;
      });
    },
  };
}
