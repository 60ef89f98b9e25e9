import { ConfigError, type Context, type Page, type Source, type Stream } from '../../core/contract/index.ts';
import { createExampleRestClient, type Place } from './client.ts';
import type { ExampleRestConfig, ExampleRestStream } from './config.ts';

const fields = ['title', 'text', 'author'] as const;

/** The last article that was read: the next read begins behind it. `v` tells it from cursors of another form. */
export type ExampleRestCursor = { readonly v: 1; readonly updated: string; readonly id: string };
const start: ExampleRestCursor = { v: 1, updated: '', id: '' };

export function createExampleRestSource(
  config: ExampleRestConfig,
  context: Context,
): Source<ExampleRestStream, ExampleRestCursor> {
  const client = createExampleRestClient(config, context);

  const checkStream = (stream: Stream<ExampleRestStream>): void => {
    const where = `sources.${context.name}.streams.${stream.name}`;
    if (stream.name !== 'articles') {
      throw new ConfigError('EXAMPLE_REST_STREAM', `There is no stream ${stream.name}.`, {
        where,
        hint: 'The service has one stream: articles.',
      });
    }
    const unknown = stream.fields.find((name) => !(fields as readonly string[]).includes(name));
    if (unknown !== undefined) {
      throw new ConfigError('EXAMPLE_REST_FIELD', `An article has no field ${unknown}.`, {
        where: `${where}.fields`,
        hint: `Choose from: ${fields.join(', ')}.`,
      });
    }
  };

  return {
    async identity() {
      const { id } = await client.workspace();
      return { instance: id, link: `${new URL(config.url).origin}/{stream}/{key}` };
    },
    async check(streams) {
      await client.workspace();
      streams.forEach(checkStream);
    },
    async discover() {
      return [
        {
          name: 'articles',
          key: ['id'],
          cursors: ['updated'],
          fields: fields.map((name) => ({ name, type: 'text' })),
        },
      ];
    },
    async *read({ stream, from, signal }) {
      let cursor = from ?? start;
      for (;;) {
        signal.throwIfAborted();
        const { now, articles } = await client.changed(cursor, stream.options.pageSize);
        const last = articles.findLast(hasPlace);
        if (last) cursor = { v: 1, updated: last.updated, id: last.id };
        yield { asOf: now, ...toPage(articles, stream.fields), cursor };
        if (articles.length < stream.options.pageSize || !last) return;
      }
    },
  };
}

/** Articles as records with the listed fields, as keys that are gone, or as what cannot be read. */
function toPage(articles: readonly unknown[], listed: readonly string[]): Omit<Page, 'asOf' | 'cursor'> {
  const records: Page['records'][number][] = [];
  const deleted: string[] = [];
  const unreadable: NonNullable<Page['unreadable']>[number][] = [];
  for (const article of articles) {
    if (!hasPlace(article)) {
      unreadable.push({ reason: 'An article without id or stamp.' });
      continue;
    }
    const { id, updated } = article;
    const data = listed.map((name) => [name, article[name] ?? null] as const);
    const wrong = data.find(([, value]) => value !== null && typeof value !== 'string');
    if (article['deleted'] === true) deleted.push(id);
    else if (wrong) unreadable.push({ key: id, reason: `The field ${wrong[0]} is no text.` });
    else {
      records.push({
        key: id,
        version: updated,
        modifiedAt: updated,
        data: Object.fromEntries(data as readonly (readonly [string, string | null])[]),
      });
    }
  }
  return { records, deleted, unreadable };
}

const hasPlace = (article: unknown): article is Place & Readonly<Record<string, unknown>> => {
  const { id, updated } = (article ?? {}) as Partial<Place>;
  return typeof id === 'string' && id !== '' && id.length <= 512 && typeof updated === 'string';
};
