import { afterEach, describe, expect, it } from 'vitest';
import {
  collect,
  createDocument,
  createRig,
  deleteOf,
  isIndexing,
  writeOf,
  writesOf,
  type Rig,
} from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const indexingRequests = (): number => rig.emulator.server.requests.filter(isIndexing).length;
const statuses = async (changes: Parameters<Rig['destination']['write']>[0]): Promise<string[]> =>
  (await rig.destination.write(changes)).map((outcome) => outcome.status);

describe('writing to Azure AI Search', () => {
  it('stores a document with its provenance, access and everything an agent cites', async () => {
    rig = await createRig({
      metadata: { fields: { industry: { facetable: true }, renews: { type: 'instant' } } },
    });
    const document = createDocument(7, {
      metadata: { industry: 'Energy', renews: '2026-03-01T00:00:00Z', seats: 12 },
      access: { allow: ['sales', 'group with, comma'], deny: ['interns'] },
    });
    const [outcome] = await rig.destination.write([writeOf(document, 'fingerprint-7')]);
    const [stored] = rig.emulator.documents('context');
    expect(outcome).toEqual({ status: 'done', addresses: [stored!['key']] });
    expect(stored).toMatchObject({
      doc_id: document.id,
      chunk: 0,
      kind: 'account',
      title: 'Account 7',
      content: document.body,
      source: document.url,
      version: document.version,
      fingerprint: 'fingerprint-7',
      origin_system: 'salesforce',
      origin_stream: 'Account',
      origin_key: '007',
      modified_at: '2026-01-02T03:04:05.678Z',
      modified_at_epoch: 1767323045,
      parts: JSON.stringify(document.parts),
      access_everyone: false,
      access_allow: ['sales', 'group with, comma'],
      access_deny: ['interns'],
      classification: 'internal',
      trust: 'internal',
      metadata_json: '{"seats":12}',
      industry: 'Energy',
      renews: '2026-03-01T00:00:00Z',
    });
  });

  it('sends a full batch as one request', async () => {
    rig = await createRig();
    expect(new Set(await statuses(writesOf(1000)))).toEqual(new Set(['done']));
    expect(indexingRequests()).toBe(1);
    expect(rig.emulator.documents('context')).toHaveLength(1000);
  });

  it('replaces a document as a whole, so that a value that is gone is gone at the service too', async () => {
    rig = await createRig({ metadata: { fields: { industry: {} } } });
    await rig.destination.write([writeOf(createDocument(1, { metadata: { industry: 'Energy' } }))]);
    await rig.destination.write([writeOf(createDocument(1, { metadata: {} }))]);
    expect(rig.emulator.documents('context')[0]).not.toHaveProperty('industry');
  });

  it('deletes by key alone, also what earlier attempts may have left', async () => {
    rig = await createRig();
    const [written] = await rig.destination.write([writeOf(createDocument(1))]);
    const own = written?.status === 'done' ? written.addresses! : [];
    let sent = '';
    rig.emulator.server.fault({
      when: (request) => isIndexing(request) && ((sent = request.body.toString()), false),
      effect: { kind: 'stall' },
    });
    const outcomes = await rig.destination.write([deleteOf(createDocument(1).id, [...own, 'dOld=3'])]);
    expect(outcomes).toEqual([{ status: 'done', addresses: [] }]);
    expect(JSON.parse(sent)).toEqual({
      value: [
        { key: own[0], '@search.action': 'delete' },
        { key: 'dOld=3', '@search.action': 'delete' },
      ],
    });
    expect(rig.emulator.documents('context')).toEqual([]);
  });

  it('never sends two actions for one key in one request', async () => {
    rig = await createRig();
    expect(await statuses([writeOf(createDocument(1)), deleteOf(createDocument(1).id)])).toEqual([
      'done',
      'later',
    ]);
    expect(rig.emulator.duplicateKeys).toEqual([]);
  });
});

describe('a partial answer of Azure AI Search', () => {
  it('sorts every item of a 207 by what happens next, whatever order the service answers in', async () => {
    rig = await createRig();
    const codes = [201, 409, 422, 503, 429, 400, 404, 418];
    rig.emulator.server.fault({
      when: isIndexing,
      effect: {
        kind: 'change',
        change: (reply) => {
          const { value } = reply.body as { value: { statusCode: number }[] };
          const items = value.slice(0, 8).map((item, at) => ({
            ...item,
            statusCode: codes[at],
            status: codes[at] === 201,
            errorMessage: codes[at] === 201 ? null : `refused with ${codes[at]}`,
          }));
          return { ...reply, status: 207, body: { value: items.toReversed() } };
        },
      },
    });
    const outcomes = await rig.destination.write(writesOf(9));
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'done',
      'later',
      'later',
      'later',
      'halted',
      'rejected',
      'later',
      'unknown',
      'unknown',
    ]);
    expect(outcomes[8]).toMatchObject({ reason: 'the answer does not name the document' });
    expect(outcomes[5]).toMatchObject({ code: 'AZURE_SEARCH_400', reason: 'refused with 400' });
  });

  it('takes a delete for done when the service says that there is nothing to delete', async () => {
    rig = await createRig();
    rig.emulator.server.fault({
      when: isIndexing,
      effect: {
        kind: 'change',
        change: (reply) => ({
          ...reply,
          status: 207,
          body: {
            value: (reply.body as { value: object[] }).value.map((item) => ({
              ...item,
              status: false,
              statusCode: 404,
              errorMessage: 'Document not found.',
            })),
          },
        }),
      },
    });
    expect(await statuses([deleteOf(createDocument(1).id), writeOf(createDocument(2))])).toEqual([
      'done',
      'later',
    ]);
  });

  it('reads failed items of a 200 as well', async () => {
    rig = await createRig();
    rig.emulator.server.fault({
      when: isIndexing,
      effect: {
        kind: 'change',
        change: (reply) => ({
          ...reply,
          status: 200,
          body: {
            value: (reply.body as { value: object[] }).value.map((item) => ({
              ...item,
              status: false,
              statusCode: 503,
              errorMessage: 'busy',
            })),
          },
        }),
      },
    });
    expect(await statuses(writesOf(2))).toEqual(['later', 'later']);
  });

  it('does not call a write done when only the clean-up of an old address failed', async () => {
    rig = await createRig();
    rig.emulator.server.fault({
      when: isIndexing,
      effect: {
        kind: 'change',
        change: (reply) => ({
          ...reply,
          status: 207,
          body: {
            value: (reply.body as { value: { key: string }[] }).value.map((item) =>
              item.key === 'dOld=1'
                ? { ...item, status: false, statusCode: 503, errorMessage: 'busy' }
                : item,
            ),
          },
        }),
      },
    });
    const change = { ...writeOf(createDocument(1)), addresses: ['dOld=1'] };
    expect(await statuses([change])).toEqual(['unknown']);
  });
});

describe('a document that Azure AI Search could never take', () => {
  it('is refused before it is sent, with the limit and what to do', async () => {
    rig = await createRig({ metadata: { fields: { notes: {} } }, batch: { maxDocumentBytes: 50_000 } });
    const refusal = (more: object): string | undefined =>
      rig.destination.encode(writeOf(createDocument(1, more))).refused;
    expect(refusal({})).toBeUndefined();
    expect(refusal({ body: 'x'.repeat(60_000) })).toMatch(/60\d{3} bytes; the limit is 50000/);
    expect(refusal({ metadata: { notes: 'é'.repeat(16_384) } })).toMatch(/'notes' is 32768 bytes/);
    expect(refusal({ body: 'é'.repeat(16_384) })).toBeUndefined();
    expect(refusal({ metadata: { notes: 3 } })).toMatch(/'notes' holds a number but is declared as string/);
    expect(refusal({ id: 'x'.repeat(800) })).toMatch(/key of 1070 characters/);
  });

  it('is rejected, alone, when it is sent all the same', async () => {
    rig = await createRig({ metadata: { fields: { notes: {} } } });
    const bad = writeOf(createDocument(2, { metadata: { notes: 'x'.repeat(40_000) } }));
    expect(await statuses([writeOf(createDocument(1)), bad, writeOf(createDocument(3))])).toEqual([
      'done',
      'rejected',
      'done',
    ]);
  });

  it('has exactly the address under which it will be found', async () => {
    rig = await createRig();
    const change = writeOf(createDocument(1, { id: 'acme:account:_ü/+?:x' }));
    const { addresses, bytes } = rig.destination.encode(change);
    await rig.destination.write([change]);
    const found = await collect(rig.destination.inventory!());
    expect(found).toEqual([
      { id: change.id, status: 'present', addresses, fingerprint: 'f-v00000000001', version: 'v00000000001' },
    ]);
    expect(bytes).toBeGreaterThan(500);
  });
});
