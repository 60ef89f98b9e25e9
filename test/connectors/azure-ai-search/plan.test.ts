import { afterEach, describe, expect, it } from 'vitest';
import { createDocument, createRig, writeOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const request = (method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${rig.emulator.url}${path}?api-version=2026-04-01`, {
    method,
    headers: { 'api-key': 'emulator-key', 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

describe('the plan for an Azure AI Search index', () => {
  it('creates a missing index, leaves the owner in its description, and then has nothing to do', async () => {
    rig = await createRig({}, { apply: false });
    const { destination, emulator } = rig;
    const plan = await destination.plan();
    expect(plan).toEqual({
      missing: true,
      steps: [{ action: 'create', what: 'index context', detail: 'with 21 fields' }],
    });
    await destination.apply(plan);
    expect(emulator.definition('context')).toMatchObject({
      description: 'Business-context documents published by Tributary. [tributary:test-installation]',
    });
    expect(await destination.plan()).toMatchObject({
      steps: [{ action: 'none' }],
      owner: 'test-installation',
    });
  });

  it('hides who may read a document from queries, and never makes long text filterable', async () => {
    rig = await createRig();
    const fields = rig.emulator.definition('context')!['fields'] as Record<string, unknown>[];
    const named = (name: string) => fields.find((field) => field['name'] === name);
    for (const name of ['access_allow', 'access_deny', 'access_everyone']) {
      expect(named(name)).toMatchObject({ retrievable: false, filterable: true });
    }
    for (const name of ['title', 'content', 'source', 'parts', 'metadata_json']) {
      expect(named(name)).toMatchObject({ filterable: false, sortable: false, facetable: false });
    }
  });

  it('adds a declared field and a semantic configuration in place, only to the index that was read', async () => {
    rig = await createRig();
    await rig.destination.write([writeOf(createDocument(1))]);
    const next = await rig.another({
      metadata: { fields: { industry: { facetable: true } } },
      semanticConfiguration: 'agents',
    });
    const plan = await next.plan();
    expect(plan.steps).toEqual([
      {
        action: 'update',
        what: 'index context',
        detail: 'add field industry; set semantic configuration agents',
      },
    ]);
    let etag: string | undefined;
    rig.emulator.server.fault({
      when: (one) => one.method === 'PUT' && ((etag = one.headers['if-match']), false),
      effect: { kind: 'stall' },
    });
    const before = (await request('GET', "/indexes('context')")).headers.get('etag');
    await next.apply(plan);
    expect(etag).toBe(before);
    expect((await next.plan()).steps).toMatchObject([{ action: 'none' }]);
    expect(rig.emulator.documents('context')).toHaveLength(1);
    expect(rig.emulator.definition('context')!['semantic']).toMatchObject({
      defaultConfiguration: 'agents',
      configurations: [{ name: 'agents', prioritizedFields: { titleField: { fieldName: 'title' } } }],
    });
  });

  it('keeps what somebody else added to the index', async () => {
    rig = await createRig();
    const { '@odata.context': _context, ...index } = (await (
      await request('GET', "/indexes('context')")
    ).json()) as {
      fields: object[];
      [name: string]: unknown;
    };
    index.fields.push({ name: 'extra', type: 'Edm.Int32' });
    await request('PUT', "/indexes('context')", {
      ...index,
      description: 'For the sales team. [tributary:test-installation]',
    });
    const next = await rig.another({ metadata: { fields: { industry: {} } } });
    await next.apply(await next.plan());
    const definition = rig.emulator.definition('context')!;
    const names = (definition['fields'] as { name: string }[]).map((field) => field.name);
    expect(names).toContain('extra');
    expect(names).toContain('industry');
    expect(definition['description']).toBe('For the sales team. [tributary:test-installation]');
  });

  it('asks for another try when the index changed meanwhile, and changes nothing', async () => {
    rig = await createRig();
    const next = await rig.another({ metadata: { fields: { industry: {} } } });
    rig.emulator.server.fault({
      when: (one) => one.method === 'GET' && one.path === "/indexes('context')",
      after: 1,
      effect: {
        kind: 'change',
        change: (reply) => ({ ...reply, body: { ...(reply.body as object), '@odata.etag': '"0x8DE0"' } }),
      },
    });
    await expect(next.apply(await next.plan())).rejects.toMatchObject({ name: 'TransientError' });
    expect(JSON.stringify(rig.emulator.definition('context'))).not.toContain('industry');
  });

  it('says what cannot change in place and refuses to do it, whatever is asked', async () => {
    rig = await createRig({ metadata: { fields: { seats: { type: 'number' } } } });
    await rig.destination.write([writeOf(createDocument(1))]);
    const next = await rig.another({
      metadata: { fields: { seats: { type: 'string' } } },
      analyzer: 'en.microsoft',
    });
    const plan = await next.plan();
    expect(plan.steps).toMatchObject([{ action: 'recreate', destructive: true }]);
    expect(plan.steps[0]!.detail).toMatch(
      /title: analyzer standard.lucene, needs en.microsoft.*seats: type Edm.Double/,
    );
    for (const adopt of [false, true]) {
      await expect(next.apply(plan, { adopt })).rejects.toMatchObject({
        code: 'AZURE_SEARCH_INDEX_INCOMPATIBLE',
      });
    }
    expect(rig.emulator.documents('context')).toHaveLength(1);
    expect(rig.emulator.server.requests.some((one) => one.method === 'DELETE')).toBe(false);
  });

  it('leaves an index alone that another installation owns or that holds documents of others', async () => {
    rig = await createRig();
    const stranger = await rig.another({}, 'elsewhere');
    await expect(stranger.apply(await stranger.plan())).rejects.toMatchObject({
      code: 'AZURE_SEARCH_FOREIGN_OWNER',
    });
    expect((await stranger.plan()).owner).toBe('test-installation');

    const index = (await (await request('GET', "/indexes('context')")).json()) as object;
    await request('PUT', "/indexes('context')", { ...index, description: null });
    await rig.destination.write([writeOf(createDocument(1))]);
    const plan = await rig.destination.plan();
    await expect(rig.destination.apply(plan)).rejects.toMatchObject({ code: 'AZURE_SEARCH_FOREIGN_INDEX' });
    await rig.destination.apply(plan, { adopt: true });
    expect((await rig.destination.plan()).owner).toBe('test-installation');
  });

  it('tells a person about a wrong key, also when the answer has no body, and a machine about a busy service', async () => {
    rig = await createRig({}, { apply: false });
    const wrong = await rig.another({ apiKey: 'wrong' });
    await expect(wrong.check()).rejects.toMatchObject({
      code: 'AZURE_SEARCH_ACCESS_DENIED',
      hint: expect.any(String),
    });
    rig.emulator.server.fault({
      when: () => true,
      effect: { kind: 'reply', reply: { status: 503, headers: { 'retry-after': '3' } } },
    });
    await expect(rig.destination.plan()).rejects.toMatchObject({
      name: 'TransientError',
      retryAfterMs: 3000,
    });
  });
});
