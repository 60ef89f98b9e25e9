import { hash } from 'node:crypto';

export interface StoredObject {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** The MD5 of the body, in quotes, as for objects that were put in one piece. */
  readonly etag: string;
  readonly lastModified: number;
}

/** The objects of one bucket. Keys are ordered by their bytes, as S3 lists them. */
export interface Bucket {
  readonly name: string;
  get(key: string): StoredObject | undefined;
  put(key: string, body: Buffer, contentType?: string): StoredObject;
  remove(key: string): void;
  /** Up to `limit` objects under a prefix, after a key. */
  list(prefix: string, after: string, limit: number): { objects: readonly StoredObject[]; isCut: boolean };
  all(prefix: string): readonly StoredObject[];
  /** Called before anything changes: what was due until now sees the bucket as it was. */
  beforeChange(listener: () => void): void;
}

export function createBucket(name: string, now: () => number): Bucket {
  const objects = new Map<string, StoredObject>();
  const listeners: (() => void)[] = [];
  let order: string[] | undefined;
  const sorted = (): string[] =>
    (order ??= [...objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  const tell = (): void => listeners.forEach((listener) => listener());
  const under = (prefix: string): string[] => sorted().filter((key) => key.startsWith(prefix));
  return {
    name,
    get: (key) => objects.get(key),
    put(key, body, contentType) {
      tell();
      if (!objects.has(key)) order = undefined;
      const stored = { key, body, contentType, etag: `"${hash('md5', body)}"`, lastModified: now() };
      objects.set(key, stored);
      return stored;
    },
    remove(key) {
      tell();
      if (objects.delete(key)) order = undefined;
    },
    list(prefix, after, limit) {
      const keys = under(prefix).filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0);
      return {
        objects: keys.slice(0, limit).map((key) => objects.get(key)!),
        isCut: keys.length > limit,
      };
    },
    all: (prefix) => under(prefix).map((key) => objects.get(key)!),
    beforeChange: (listener) => void listeners.push(listener),
  };
}
