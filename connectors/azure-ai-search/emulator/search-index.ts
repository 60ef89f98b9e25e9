import { createDocumentStore, type DocumentStore } from './document-store.ts';
import { createFullText, type FullText } from './full-text.ts';
import { readIndexDefinition, requireCompatible, type IndexDefinition } from './index-definition.ts';
import { Refusal } from './refusal.ts';

/** One index of the service: its definition, its documents and its words. */
export interface SearchIndex {
  readonly definition: IndexDefinition;
  readonly etag: string;
  readonly store: DocumentStore;
  readonly fullText: FullText;
}

/** The indexes and aliases of the service. Names in paths may be aliases, except for deletion. */
export interface IndexRegistry {
  list(): readonly SearchIndex[];
  find(name: string): SearchIndex;
  create(raw: unknown): SearchIndex;
  put(
    name: string,
    raw: unknown,
    headers: Readonly<Record<string, string>>,
  ): { index: SearchIndex; created: boolean };
  remove(name: string, headers: Readonly<Record<string, string>>): void;
  readonly aliases: ReadonlyMap<string, string>;
  /** Documents may be asked through the former index until the change has spread. */
  setAlias(alias: string, index: string | undefined): void;
  close(): void;
}

const preconditionFailed = (): Refusal =>
  new Refusal(
    412,
    '',
    'The precondition given in one of the request headers evaluated to false. No change was made to the resource from this request.',
  );

export function createIndexRegistry(options: {
  readonly now: () => number;
  readonly visibilityDelayMs: number;
  readonly aliasDelayMs: number;
}): IndexRegistry {
  const indexes = new Map<string, SearchIndex>();
  const aliases = new Map<string, string>();
  const spreading = new Map<string, { readonly former: string; readonly until: number }>();
  const behind = (alias: string): string | undefined => {
    const change = spreading.get(alias);
    return change && options.now() < change.until && indexes.has(change.former)
      ? change.former
      : aliases.get(alias);
  };
  let changes = 0;
  const nextEtag = (): string => `"0x8DE${(++changes).toString(16).toUpperCase().padStart(12, '0')}"`;

  const find = (name: string): SearchIndex => {
    const index = indexes.get(behind(name) ?? name);
    if (index) return index;
    throw new Refusal(404, '', `No index with the name '${name}' was found in the service 'emulator'.`);
  };
  const add = (definition: IndexDefinition): SearchIndex => {
    const store = createDocumentStore(() => indexes.get(definition.name)?.definition ?? definition, options);
    const index = { definition, etag: nextEtag(), store, fullText: createFullText(definition, store) };
    indexes.set(definition.name, index);
    return index;
  };
  const requireMatch = (
    existing: SearchIndex | undefined,
    headers: Readonly<Record<string, string>>,
  ): void => {
    const ifMatch = headers['if-match'];
    if (ifMatch !== undefined && (!existing || (ifMatch !== '*' && ifMatch !== existing.etag))) {
      throw preconditionFailed();
    }
    if (headers['if-none-match'] === '*' && existing) throw preconditionFailed();
  };

  return {
    list: () => [...indexes.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1)),
    find,
    aliases,
    setAlias(alias, index) {
      const former = aliases.get(alias);
      if (former !== undefined && options.aliasDelayMs > 0)
        spreading.set(alias, { former, until: options.now() + options.aliasDelayMs });
      if (index === undefined) aliases.delete(alias);
      else aliases.set(alias, index);
    },
    create(raw) {
      const definition = readIndexDefinition(raw);
      if (indexes.has(definition.name) || aliases.has(definition.name)) {
        const message = `Cannot create index '${definition.name}' because it already exists.`;
        throw new Refusal(409, 'ResourceNameAlreadyInUse', message, [
          { code: 'CannotCreateExistingIndex', message },
        ]);
      }
      return add(definition);
    },
    put(name, raw, headers) {
      const existing = indexes.get(aliases.get(name) ?? name);
      requireMatch(existing, headers);
      const definition = readIndexDefinition(raw);
      if (definition.name !== (existing?.definition.name ?? name)) {
        throw new Refusal(
          400,
          'InvalidRequestParameter',
          'The index name in the body does not match the path.',
        );
      }
      if (!existing) return { index: add(definition), created: true };
      requireCompatible(existing.definition, definition);
      const searchable = (one: IndexDefinition): string =>
        one.fields
          .filter((field) => field.searchable)
          .map((field) => field.name)
          .join();
      const sameWords = searchable(existing.definition) === searchable(definition);
      const index = {
        ...existing,
        definition,
        etag: nextEtag(),
        fullText: sameWords ? existing.fullText : rebuilt(definition, existing.store),
      };
      indexes.set(definition.name, index);
      return { index, created: false };
    },
    remove(name, headers) {
      const existing = indexes.get(name);
      requireMatch(existing, headers);
      if ([...aliases.values()].includes(name)) {
        throw new Refusal(
          400,
          'OperationNotAllowed',
          `Index '${name}' cannot be deleted because an alias refers to it.`,
        );
      }
      if (!existing) find(name);
      indexes.delete(name);
      existing?.store.close();
    },
    close() {
      for (const { store } of indexes.values()) store.close();
      indexes.clear();
    },
  };
}

/** New words for documents that are there already: all of them are read again at the next search. */
function rebuilt(definition: IndexDefinition, store: DocumentStore): FullText {
  store.touchAll();
  return createFullText(definition, store);
}
