import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Change, Outcome } from '../../../core/contract/destination.ts';
import type { Fault } from '../../../core/testing/loopback-server.ts';
import { collect, createDocument, createRig, isIndexing, type Rig } from './support.ts';

interface Step {
  readonly document: number;
  /** How many sections it has now; undefined when it is deleted. */
  readonly sections: number | undefined;
  readonly fault: Fault['effect'] | undefined;
  readonly after: number;
}

const partly = (reply: { body?: unknown }): { status: number; body: unknown } => ({
  ...reply,
  status: 207,
  body: {
    value: (reply.body as { value: object[] }).value.map((item, at) =>
      at % 2 === 0 ? item : { ...item, status: false, statusCode: 503, errorMessage: 'busy' },
    ),
  },
});
const effects: readonly (Fault['effect'] | undefined)[] = [
  undefined,
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'reply', reply: { status: 503 } },
  { kind: 'reply', reply: { status: 403 } },
  { kind: 'change', change: partly },
];
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    document: fc.integer({ min: 1, max: 2 }),
    sections: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    fault: fc.constantFrom(...effects),
    after: fc.integer({ min: 0, max: 1 }),
  }),
  { minLength: 2, maxLength: 10 },
);
const bodyOf = (version: string, sections: number): string =>
  Array.from({ length: sections }, (_, at) => `## Part ${at}\n\n${`heliotrope ${version} `.repeat(12)}`).join(
    '\n',
  );

/** Keeps books as the engine does: addresses until a verdict, and doubt after an answer that proves nothing. */
function createBooks() {
  const addresses = new Map<string, readonly string[]>();
  const doubtful = new Set<string>();
  return {
    of: (id: string) => ({
      id,
      addresses: addresses.get(id) ?? [],
      ...(doubtful.has(id) ? { inDoubt: true } : {}),
    }),
    close(change: Change, touched: readonly string[], outcome: Outcome): void {
      if (outcome.status === 'done') {
        doubtful.delete(change.id);
        addresses.set(change.id, outcome.addresses ?? []);
      } else if (outcome.status === 'unknown') {
        doubtful.add(change.id);
        addresses.set(change.id, [...new Set([...change.addresses, ...touched])]);
      }
    },
  };
}

async function play(rig: Rig, plan: readonly Step[]): Promise<void> {
  const books = createBooks();
  const wanted = new Map<string, Change>();
  const send = async (id: string): Promise<Outcome> => {
    const change = { ...wanted.get(id)!, ...books.of(id) } as Change;
    const { addresses } = rig.destination.encode(change);
    const [outcome] = await rig.destination.write([change]);
    books.close(change, addresses, outcome!);
    return outcome!;
  };
  for (const [at, { document, sections, fault, after }] of plan.entries()) {
    const version = `v${at}`;
    const made = createDocument(document, { version, body: bodyOf(version, sections ?? 1) });
    const base = { id: made.id, addresses: [] };
    wanted.set(
      made.id,
      sections === undefined
        ? { ...base, action: 'delete' }
        : { ...base, action: 'write', document: made, fingerprint: `print-${version}` },
    );
    const restore = fault && rig.emulator.server.fault({ when: isIndexing, times: 1, after, effect: fault });
    await send(made.id);
    restore?.();
    await nothingMixed(rig);
  }
  for (const id of wanted.keys())
    for (let round = 0; (await send(id)).status !== 'done'; round++) expect(round).toBeLessThan(5);
  await onlyWhatIsWanted(rig, wanted);
}

/** A reader never sees a passage of a version that is not the one in force. */
async function nothingMixed(rig: Rig): Promise<void> {
  const first = new Map(
    rig.emulator
      .documents('context')
      .filter((one) => one['chunk'] === 0)
      .map((one) => [one['doc_id'], one['version']]),
  );
  for (const hit of await rig.destination.search!({ text: 'heliotrope', limit: 50 })) {
    expect(hit.version).toBe(first.get(hit.id));
    expect(new Set(hit.text.match(/v\d+/g))).toEqual(new Set([hit.version]));
  }
}

async function onlyWhatIsWanted(rig: Rig, wanted: ReadonlyMap<string, Change>): Promise<void> {
  const writes = [...wanted.values()].flatMap((change) => (change.action === 'write' ? [change] : []));
  const expected = writes
    .map((change) => ({
      id: change.id,
      fingerprint: change.fingerprint,
      addresses: rig.destination.encode(change).addresses,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(await collect(rig.destination.inventory!())).toMatchObject(expected);
  const keys = rig.emulator.documents('context').map((one) => String(one['key']));
  expect(keys.sort()).toEqual(expected.flatMap((one) => one.addresses).sort());
}

it('whatever goes wrong, in the end the index holds whole documents alone, and never shows a mixed one', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const rig = await createRig({ chunks: { maxCharacters: 250, overlap: 0 } });
      try {
        await play(rig, plan);
        expect(rig.emulator.duplicateKeys).toEqual([]);
      } finally {
        await rig.emulator.close();
      }
    }),
    { numRuns: 60, seed: 5 },
  );
}, 120_000);
