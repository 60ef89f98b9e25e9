import { existsSync } from 'node:fs';
import type { Json } from '../contract/json.ts';
import type { Catalog } from './catalog.ts';
import { createCache } from './sqlite/cache.ts';
import { openDatabase, type Database } from './sqlite/database.ts';
import { noDefinitions } from './sqlite/definitions.ts';
import { createDocumentStore } from './sqlite/documents.ts';
import { createHoldingStore } from './sqlite/holdings.ts';
import { createInsight } from './sqlite/insight.ts';
import { createKindStore } from './sqlite/kinds.ts';
import { createLeases } from './sqlite/leases.ts';
import { createQuarantineStore } from './sqlite/quarantine.ts';
import { createSlotStore } from './sqlite/slots.ts';
import { createStreamIds, createStreamStore } from './sqlite/streams.ts';

/** Opens the catalog in one SQLite file, creating it (folder 0700, file 0600) or bringing its schema up to date. */
export function openCatalog(path: string, now: () => number = Date.now): Catalog {
  return createCatalog(openDatabase(path), now);
}

/** The catalog over a connection; the connection is closed with it. */
export function createCatalog(database: Database, now: () => number): Catalog {
  const definitions = noDefinitions();
  const leases = createLeases(database, now);
  const streams = createStreamIds(database);
  return {
    installation: database.get("SELECT value FROM meta WHERE key='installation'")![0] as string,
    leases,
    streams: createStreamStore(database, definitions, leases, streams),
    kinds: createKindStore(database, definitions, leases, streams),
    documents: createDocumentStore(database, definitions, leases, streams, now),
    holdings: createHoldingStore(database, leases, now),
    quarantine: createQuarantineStore(database, leases),
    slots: createSlotStore(database, leases),
    insight: createInsight(database, definitions, streams),
    cache: createCache(database, now),
    notes: {
      get(key) {
        const row = database.get('SELECT value FROM meta WHERE key=?', `note:${key}`);
        return row ? (JSON.parse(row[0] as string) as Json) : undefined;
      },
      set(key, value) {
        database.run(
          'INSERT INTO meta(key,value) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value',
          `note:${key}`,
          JSON.stringify(value),
        );
      },
    },
    close() {
      leases.close();
      database.close();
    },
  };
}

/** Under the id of the installation whose catalog was lost, where that is known. For a catalog by which nothing was published yet. */
export function createCatalogOf(path: string, installation: string | undefined): void {
  const database = openDatabase(path);
  try {
    if (installation !== undefined)
      database.run("UPDATE meta SET value=? WHERE key='installation'", installation);
  } finally {
    database.close();
  }
}

/** A consistent copy of a catalog in another file; nothing is copied when there is no catalog yet. */
export function copyCatalog(from: string, to: string): void {
  if (!existsSync(from)) return;
  const database = openDatabase(from);
  try {
    database.run('VACUUM INTO ?', to);
  } finally {
    database.close();
  }
}
