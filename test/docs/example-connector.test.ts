import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startNotesEmulator } from '../../examples/connector/emulator.ts';
import { notes } from '../../examples/connector/index.ts';
import { createTributary, parseConfig, type Registry, type Source } from '../../index.ts';
import {
  createTestClock,
  createTestContext,
  describeSource,
  modelDestination,
} from '../../core/testing/index.ts';

describeSource('The example connector', {
  offers: ['deletes'],
  missingKey: 'n-999',
  open: async () => {
    const clock = createTestClock();
    const emulator = await startNotesEmulator({ now: clock.now });
    const keys = ['n-1', 'n-2', 'n-3', 'n-4', 'n-5'];
    const text = (title: string) => ({ title, text: `Text of ${title}.`, author: 'Ann' });
    for (const key of keys) emulator.put(key, text(key));
    clock.advance(1000);
    const settings = { url: emulator.server.url, token: emulator.token };
    const connect = () => notes.create(settings, createTestContext({ clock })) as Promise<Source>;
    let added = 0;
    return {
      source: await connect(),
      stream: { name: 'notes', fields: ['title', 'text'], options: { pageSize: 2 } },
      keys,
      async insert() {
        const key = `new-${++added}`;
        emulator.put(key, text(key));
        return key;
      },
      async update(key) {
        emulator.put(key, text('changed'));
        return { title: 'changed', text: 'Text of changed.' };
      },
      remove: async (key) => emulator.remove(key),
      later: async () => clock.advance(1000),
      reopen: connect,
      close: () => emulator.server.close(),
    };
  },
});

test('a connector of one’s own runs beside the others, by its type in the configuration', async () => {
  const clock = createTestClock();
  const emulator = await startNotesEmulator({ now: clock.now });
  emulator.put('n-1', { title: 'Opening hours', text: 'We open at nine.', author: 'Ann' });
  clock.advance(1000);
  const plane = modelDestination();
  const registry: Registry = {
    sources: { notes: async () => notes as never },
    destinations: { model: async () => plane.connector as never },
  };
  const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
  const yaml = `
namespace: acme
sources:
  handbook:
    type: notes
    url: ${emulator.server.url}
    token: \${NOTES_TOKEN}
    streams:
      notes: { fields: [title, text] }
destinations:
  plane: { type: model, plane: stateless }
kinds:
  note:
    from: handbook.notes
    title: '{{title}}'
    body: '{{text}}'
    access: { everyone: the handbook is for all employees }
pipelines:
  handbook: { kinds: [note], destinations: [plane] }
`;
  const config = await parseConfig(yaml, registry, { env: { NOTES_TOKEN: emulator.token }, folder });
  const tributary = await createTributary({ config, registry, now: clock.now });
  const report = await tributary.sync();
  expect(report.destinations).toMatchObject([{ destination: 'plane', written: 1, held: 1 }]);
  const [held] = [...plane.held().values()];
  expect(held?.document).toMatchObject({
    id: 'acme:note:notes:w-1:notes:n-1',
    body: 'We open at nine.',
    url: `${new URL(emulator.server.url).origin}/notes/n-1`,
  });
  await tributary.close();
  await emulator.server.close();
  rmSync(folder, { recursive: true });
});
