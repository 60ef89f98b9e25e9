import type { Pace } from '../pace.ts';
import type { DocumentDetail } from '../client.ts';
import type { Ask } from '../ask.ts';
import { notFound } from '../verdict.ts';
import { accountsForAll, judgeByJob, namedIn } from './job-verdict.ts';
import type { Job } from './job-runner.ts';
import type { SourceClient } from './source-client.ts';

/** What the service says of the documents of an ended job; `undefined` for a document: the figures account for it. */
export interface JobTruth {
  of(
    job: Job,
    changes: readonly { readonly id: string; readonly uri: string }[],
  ): Promise<ReadonlyMap<string, DocumentDetail | undefined>>;
}

const perGet = 10;
const perPage = 100;
const sampled = 10;

/**
 * As few questions as the answer allows: about a sample and about what is named as failed when the job's figures account
 * for everything, else about every document or for the whole list of the data source, whichever takes fewer requests.
 */
export function createJobTruth(parts: {
  readonly client: SourceClient;
  readonly ask: Ask;
  readonly paces: { readonly get: Pace; readonly list: Pace };
  readonly uriOf: (id: string) => string | undefined;
}): JobTruth {
  const { client, ask, paces, uriOf } = parts;
  const clean = new WeakMap<Job, Promise<boolean>>();
  const lists = new WeakMap<Job, Promise<ReadonlyMap<string, DocumentDetail>>>();

  const get = async (uris: readonly string[]): Promise<Map<string, DocumentDetail>> => {
    const found = new Map<string, DocumentDetail>();
    for (let from = 0; from < uris.length; from += perGet) {
      await paces.get.take();
      for (const detail of await ask(() => client.get(uris.slice(from, from + perGet))))
        found.set(detail.id, detail);
    }
    return found;
  };
  const isClean = async (job: Job): Promise<boolean> => {
    if (!accountsForAll(job, uriOf)) return false;
    const named = namedIn(job.ended!.failureReasons);
    const ids = [...job.covers.keys()].filter((id) => !named.has(uriOf(id) ?? ''));
    const step = Math.max(1, Math.floor(ids.length / sampled));
    const sample = ids.filter((_, index) => index % step === 0).slice(0, sampled);
    const uris = sample.flatMap((id) => uriOf(id) ?? []);
    const found = await get(uris);
    return sample.every((id) => {
      const uri = uriOf(id) ?? '';
      return judgeByJob(job.covers.get(id)!, uri, found.get(uri), job.ended!).status === 'done';
    });
  };
  const listAll = async (job: Job): Promise<ReadonlyMap<string, DocumentDetail>> => {
    const wanted = new Set([...job.covers.keys()].map(uriOf));
    const found = new Map<string, DocumentDetail>();
    let token: string | undefined;
    do {
      const from = token;
      await paces.list.take();
      const answer = await ask(() => client.list(from));
      for (const detail of answer.page) if (wanted.has(detail.id)) found.set(detail.id, detail);
      token = answer.token;
    } while (token !== undefined);
    return found;
  };
  const remember = <T>(map: WeakMap<Job, Promise<T>>, job: Job, work: () => Promise<T>): Promise<T> => {
    const known = map.get(job) ?? work();
    map.set(job, known);
    known.catch(() => map.delete(job));
    return known;
  };
  return {
    async of(job, changes) {
      const known = changes.filter(({ id }) => job.covers.has(id));
      if (known.length > 0 && (await remember(clean, job, () => isClean(job)))) {
        const named = namedIn(job.ended!.failureReasons);
        const isSettled = (one: (typeof changes)[number]): boolean =>
          job.covers.has(one.id) && !named.has(one.uri);
        const found = await get(changes.filter((one) => !isSettled(one)).map(({ uri }) => uri));
        return new Map(
          changes.map((one) => [
            one.uri,
            isSettled(one) ? undefined : (found.get(one.uri) ?? notFound(one.uri)),
          ]),
        );
      }
      const scanned = job.ended?.statistics.numberOfDocumentsScanned ?? Infinity;
      const isListShorter =
        known.length === changes.length && Math.ceil(scanned / perPage) < Math.ceil(job.covers.size / perGet);
      const found = isListShorter
        ? await remember(lists, job, () => listAll(job))
        : await get(changes.map(({ uri }) => uri));
      return new Map(changes.map(({ uri }) => [uri, found.get(uri) ?? notFound(uri)]));
    },
  };
}
