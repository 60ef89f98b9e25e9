import type {
  AttemptItem,
  Catalog,
  ComposedDocument,
  IndexDefinition,
  KindDefinition,
  Lease,
  NodeDefinition,
  PageInput,
} from '../../catalog/catalog.ts';
import type { JsonObject } from '../../contract/json.ts';

/** A fresh catalog that nobody else uses, on a clock of its own: made for each test, closed after it. */
export interface CatalogBench {
  readonly catalog: Catalog;
  /** Another process over the same catalog. */
  reopen(): Catalog | Promise<Catalog>;
  advance(ms: number): void;
  close(): void | Promise<void>;
}

export const accounts = 'crm.Account';
export const contacts = 'crm.Contact';

/** An instant of the source's clock, by its number. */
export const instant = (second: number): string =>
  new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

export const pageOf = (second: number, more: Partial<Omit<PageInput, 'asOf'>> = {}): PageInput => ({
  asOf: instant(second),
  records: [],
  deleted: [],
  unreadable: [],
  cursor: undefined,
  bulk: false,
  ...more,
});

export function take(catalog: Catalog, names: readonly string[]): Lease {
  const lease = catalog.leases.acquire(names);
  if ('heldBy' in lease) throw new Error(`${lease.name} is held by ${lease.heldBy}`);
  return lease;
}

const index = (role: string, stream: string, field: string): IndexDefinition => ({
  stream,
  definition: JSON.stringify([role, stream, field]),
  entry(data: JsonObject) {
    const value = data[field];
    return value === undefined || value === null ? undefined : { value: String(value), order: '' };
  },
});

const node = (more: Partial<NodeDefinition> & Pick<NodeDefinition, 'path' | 'stream'>): NodeDefinition => ({
  name: more.path,
  parent: undefined,
  fields: ['Name'],
  required: true,
  waitMs: 0,
  limit: 10,
  descending: false,
  parentIndex: undefined,
  partIndex: undefined,
  ...more,
});

/** Accounts with their contacts, joined by `AccountId`; only `Name` and the join are used. */
export const accountKind = (fingerprint = 'one'): KindDefinition => ({
  name: 'account',
  fingerprint,
  nodes: [
    node({ path: '', stream: accounts, fields: ['Name', 'Id'] }),
    node({
      path: 'contacts',
      stream: contacts,
      parent: '',
      fields: ['Name', 'AccountId'],
      parentIndex: index('anchor', accounts, 'Id'),
      partIndex: index('part', contacts, 'AccountId'),
    }),
  ],
});

export const account = (key: string, name = key, more: JsonObject = {}) => ({
  key,
  data: { Id: key, Name: name, ...more },
});
export const contact = (key: string, accountId: string, name = key) => ({
  key,
  data: { Name: name, AccountId: accountId },
});

/** What tests of holdings work with: one slot, and the kind `account` open with these records. */
export function openSlot(catalog: Catalog, keys: readonly string[]) {
  const slot = catalog.documents.slot('plane', 'default');
  const lease = take(catalog, ['compose', `stream:${accounts}`, `stream:${contacts}`, `slot:${slot}`]);
  const { streams, kinds, documents, holdings } = catalog;
  streams.savePage(lease, accounts, pageOf(1, { records: keys.map((key) => account(key)) }));
  openAccounts(catalog, lease);
  const want = (key: string, desired: string, more: Partial<ComposedDocument> = {}) => {
    const record = kinds.findRoot('account', key)!;
    const one: ComposedDocument = {
      record,
      mark: 1e9,
      bulk: false,
      id: desired === '' ? undefined : `doc:${key}`,
      content: desired === '' ? undefined : desired,
      targets: [{ slot, desired }],
      ...more,
    };
    return documents.saveComposed(lease, 'account', [one]).counts.get(slot);
  };
  const numberOf = (key: string): number => documents.find('account', key)!.document;
  const item = (key: string, fingerprint: string, addresses: readonly string[] = []): AttemptItem => ({
    document: numberOf(key),
    id: `doc:${key}`,
    action: fingerprint === '' ? 'delete' : 'write',
    fingerprint,
    addresses,
  });
  const send = (key: string, fingerprint: string, addresses?: readonly string[]): number =>
    holdings.openAttempt(lease, slot, [item(key, fingerprint, addresses)]);
  const close = (attempt: number, key: string, closing: Parameters<typeof holdings.close>[3][number][1]) =>
    holdings.close(lease, slot, attempt, [[numberOf(key), closing]]);
  return {
    slot,
    lease,
    want,
    send,
    close,
    /** Written and confirmed. */
    hold(key: string, fingerprint: string, addresses?: readonly string[]): void {
      want(key, fingerprint);
      close(send(key, fingerprint, addresses), key, { status: 'done' });
    },
    due: () => [...holdings.work(slot, 'fresh', 0, 100), ...holdings.work(slot, 'bulk', 0, 100)],
    holding: (key: string) => documents.find('account', key)?.holdings[0],
  };
}

/** Both streams have been read; the kind is open, and what it has to compose is taken as composed. */
export function openAccounts(catalog: Catalog, lease: Lease): void {
  catalog.kinds.define(lease, [accountKind()]);
  for (const stream of [accounts, contacts]) catalog.streams.finish(lease, stream);
  while (catalog.kinds.buildIndexes(lease));
  catalog.kinds.open(lease, 0);
  dirtyKeys(catalog, lease);
}

/** Keys of the accounts whose documents are to be composed, which are then taken as composed into nothing. */
export function dirtyKeys(catalog: Catalog, lease: Lease): string[] {
  while (catalog.kinds.expand(lease));
  const keys = new Map(catalog.kinds.rootRecords('account', '', 1000).map((one) => [one.id, one.key]));
  const dirty = catalog.kinds.takeDirty('account', 1000);
  const none = { id: undefined, content: undefined, targets: [], partial: true };
  catalog.documents.saveComposed(
    lease,
    'account',
    dirty.map((one) => ({ ...one, ...none })),
  );
  return dirty.map((one) => keys.get(one.record) ?? 'gone').sort();
}
