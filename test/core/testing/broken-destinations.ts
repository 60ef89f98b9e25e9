import type {
  AcceptedChange,
  Destination,
  InventoryItem,
  Outcome,
  Verdict,
} from '../../../core/contract/destination.ts';

/** One thing that a destination can get wrong, put around a sound one. `process`: 1 for the first that is opened. */
export type BreakDestination = (sound: Destination, process: number) => Partial<Destination>;

let given = 0;
/** Never the same twice. */
const another = (): number => ++given;
const outcomes =
  (change: (outcomes: readonly Outcome[]) => readonly Outcome[]): BreakDestination =>
  (sound) => ({ write: async (changes) => change(await sound.write(changes)) });
const verdicts =
  (
    change: (verdicts: readonly Verdict[], asked: readonly AcceptedChange[]) => readonly Verdict[],
  ): BreakDestination =>
  (sound) => ({ confirm: async (asked) => change(await sound.confirm!(asked), asked) });
const items =
  (change: (item: InventoryItem, index: number) => readonly InventoryItem[]): BreakDestination =>
  (sound) => ({
    async *inventory() {
      let index = 0;
      for await (const item of sound.inventory!()) yield* change(item, index++);
    },
  });

/** Looked for on a plane that decides at once; the others on one that accepts first. */
export const decidedAtOnce: ReadonlySet<string> = new Set([
  'sound, decided at once',
  'a batch that falls with one document',
  'a refusal without a reason',
  'a refusal that is taken for done',
  'an error where a change is refused',
  'accepted where nothing confirms',
  'an apply that empties the slot',
]);

/** Each of these is noticed by the suite, or the suite is no good. */
export const brokenDestinations: Readonly<Record<string, BreakDestination>> = {
  'an answer too few': outcomes((all) => all.slice(1)),
  'answers in another order': outcomes((all) => all.toReversed()),
  'a batch that falls with one document': (sound) => ({
    write: async (changes) =>
      changes.some((one) => one.action === 'write' && one.document.title === 'poison')
        ? changes.map(() => ({ status: 'rejected', code: 'BAD', reason: 'The batch is bad.' }))
        : sound.write(changes),
  }),
  'a refusal without a reason': outcomes((all) =>
    all.map((one) => (one.status === 'rejected' ? { ...one, reason: '' } : one)),
  ),
  'a refusal that is taken for done': outcomes((all) =>
    all.map((one) => (one.status === 'rejected' ? { status: 'done' } : one)),
  ),
  'an error where a change is refused': (sound) => ({
    write: async (changes) => {
      const all = await sound.write(changes);
      if (all.some((one) => one.status === 'rejected')) throw new Error('refused');
      return all;
    },
  }),
  'a write that is never made': () => ({ write: async (changes) => changes.map(() => ({ status: 'done' })) }),
  'a delete that is never made': (sound) => ({
    write: async (changes) => {
      const writes = changes.filter((one) => one.action === 'write');
      const made = writes.length > 0 ? [...(await sound.write(writes))] : [];
      return changes.map((one) => (one.action === 'write' ? made.shift()! : { status: 'done' }));
    },
  }),
  'a delete of nothing that fails': (sound) => ({
    write: async (changes) => {
      const held = new Set<string>();
      for await (const item of sound.inventory!()) held.add(item.id);
      const all = await sound.write(changes);
      return changes.map((one, i) =>
        one.action === 'delete' && !held.has(one.id)
          ? { status: 'rejected', code: 'GONE', reason: 'There is no such document.' }
          : all[i]!,
      );
    },
  }),
  'pieces that stay behind': (sound) => ({
    write: (changes) => sound.write(changes.map((one) => ({ ...one, addresses: [] }))),
  }),
  'a receipt that is no JSON': outcomes((all) =>
    all.map((one) => ({ ...one, receipt: { at: undefined } }) as never),
  ),
  'a receipt that only its own process understands': (sound, process) => ({
    confirm: async (asked) =>
      process === 1
        ? sound.confirm!(asked)
        : asked.map(() => ({ status: 'unknown', reason: 'I have never seen this.' })),
  }),
  'accepted where nothing confirms': outcomes((all) =>
    all.map((one) => (one.status === 'done' ? { status: 'accepted', receipt: {} } : one)),
  ),
  'a verdict too few': verdicts((all) => all.slice(1)),
  'a verdict that never comes': verdicts((all) => all.map(() => ({ status: 'waiting' }))),
  'a verdict before the change is in force': (sound) => ({
    confirm: async (asked) => asked.map(() => ({ status: 'done' })),
    write: async (changes) => (await sound.write(changes)).map((one) => one),
  }),
  'a failure that is taken for done': verdicts((all) =>
    all.map((one) => (one.status === 'failed' ? { status: 'done' } : one)),
  ),
  'done without having been asked': outcomes((all) =>
    all.map((one) => (one.status === 'accepted' ? { status: 'done' } : one)),
  ),
  'an apply that is never finished': (sound) => ({
    plan: async () => {
      const plan = await sound.plan();
      return { ...plan, steps: plan.steps.map((step) => ({ ...step, action: 'update' as const })) };
    },
  }),
  'an apply that empties the slot': (sound) => ({
    apply: async (plan, options) => {
      await sound.apply(plan, options);
      for await (const { id, addresses } of sound.inventory!()) {
        await sound.write([{ action: 'delete', id, addresses }]);
      }
    },
  }),
  'an owner that is not left': (sound) => ({
    plan: async () => {
      const { owner: _, ...plan } = await sound.plan();
      return plan;
    },
  }),
  'a foreign slot that is taken': (sound) => ({ apply: (plan) => sound.apply(plan, { adopt: true }) }),
  'an adoption that is refused': (sound) => ({ apply: (plan) => sound.apply(plan) }),
  'a plan that makes the slot': (sound) => ({
    plan: async () => {
      const plan = await sound.plan();
      if (plan.missing) await sound.apply(plan);
      return sound.plan();
    },
  }),
  'a check that makes the slot': (sound) => ({
    check: async () => {
      const plan = await sound.plan();
      if (plan.missing) await sound.apply(plan);
    },
  }),
  'a profile of each process': (_sound, process) => ({ profile: `profile-${process}` }),
  'a limit of nothing': (sound) => ({ limits: () => ({ ...sound.limits(), maxInFlight: 0 }) }),
  'a document that no batch can hold': (sound) => ({
    limits: () => ({ ...sound.limits(), maxDocumentBytes: sound.limits().maxBytes + 1 }),
  }),
  'no limit in encode': (sound) => ({
    encode: (change) => {
      const { refused: _, ...encoded } = sound.encode(change);
      return encoded;
    },
  }),
  'an encode that changes': (sound) => ({
    encode: (change) => ({ ...sound.encode(change), bytes: another() }),
  }),
  'an encode that names no address': (sound) => ({
    encode: (change) => ({ ...sound.encode(change), addresses: [] }),
  }),
  'a delete that forgets earlier addresses': (sound) => ({
    encode: (change) =>
      change.action === 'delete'
        ? { ...sound.encode(change), addresses: [change.id] }
        : { ...sound.encode(change), addresses: [`${change.id}#0`] },
  }),
  'an inventory that leaves one out': items((item, index) => (index === 0 ? [] : [item])),
  'an inventory that shows one twice': items((item) => [item, item]),
  'an inventory of other addresses': items((item) => [{ ...item, addresses: ['elsewhere'] }]),
  'an inventory of other fingerprints': items((item) => [{ ...item, fingerprint: 'another' }]),
  'an inventory of other versions': items((item) => [{ ...item, version: 'another' }]),
  'an inventory of changed ids': items((item) => [{ ...item, id: decodeURIComponent(item.id) }]),
  'an inventory where nothing is present': items((item) => [{ ...item, status: 'pending' }]),
  'a reading back that only knows the ids': (sound) => ({
    readBack: async (changes) =>
      (await sound.readBack!(changes)).map((one) => (one.status === 'different' ? { status: 'same' } : one)),
  }),
  'a reading back that invents what is not there': (sound) => ({
    readBack: async (changes) =>
      (await sound.readBack!(changes)).map((one) => (one.status === 'unseen' ? { status: 'same' } : one)),
  }),
  'a reading back that takes what is not there for different': (sound) => ({
    readBack: async (changes) =>
      (await sound.readBack!(changes)).map((one) =>
        one.status === 'unseen' ? { status: 'different', fields: ['version'] } : one,
      ),
  }),
  'a reading back in another order': (sound) => ({
    readBack: async (changes) => (await sound.readBack!(changes)).toReversed(),
  }),
  'a reading back that repairs what it finds': (sound) => ({
    readBack: async (changes) => {
      const answers = await sound.readBack!(changes);
      await sound.write(changes.filter((_, index) => answers[index]!.status !== 'same'));
      return answers;
    },
  }),
  'a search that finds nothing': () => ({ search: async () => [] }),
  'a search that shows everything': (sound) => ({
    search: (request) => sound.search!({ ...request, principals: ['group:sales', 'user:ann'] }),
  }),
  'a search that knows no deny': (sound) => ({
    search: (request) =>
      sound.search!({
        ...request,
        ...(request.principals
          ? { principals: request.principals.filter((one) => one.startsWith('group:')) }
          : {}),
      }),
  }),
  'a search that ignores its filter': (sound) => ({
    search: async ({ filter: _, ...request }) => sound.search!(request),
  }),
  'a method that nobody told of': () => ({ search: undefined as never }),
};
