import { afterEach, describe, expect, it } from 'vitest';
import { createRig, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

const chunks = { maxCharacters: 200, overlap: 20 };
const vector = (more: object = {}) => ({
  provider: 'azure-openai',
  dimensions: 64,
  endpoint: 'https://models.openai.azure.com/',
  deployment: 'embedding',
  ...more,
});

describe('an index that is there already', () => {
  it('gets vectors and another deployment in place, and is refused when its vectors are of another kind', async () => {
    rig = await createRig({ chunks });
    const next = await rig.another({ vector: vector() });
    expect((await next.plan()).steps[0]).toMatchObject({
      action: 'update',
      detail: expect.stringMatching(/add field content_vector; set vector search/),
    });
    await next.apply(await next.plan());
    expect((await next.plan()).steps).toMatchObject([{ action: 'none' }]);
    const before = rig.emulator.definition('context')!['vectorSearch'];
    const wider = await rig.another({ vector: vector(), metadata: { fields: { industry: {} } } });
    await wider.apply(await wider.plan());
    expect(rig.emulator.definition('context')!['vectorSearch']).toEqual(before);
    const moved = await rig.another({ vector: vector({ deployment: 'second' }) });
    expect((await moved.plan()).steps[0]).toMatchObject({ action: 'update', detail: 'set vector search' });
    await moved.apply(await moved.plan());
    expect(JSON.stringify(rig.emulator.definition('context')!['vectorSearch'])).toMatch(
      /"deploymentId":"second"/,
    );
    expect((await moved.plan()).steps).toMatchObject([{ action: 'none' }]);
    for (const [more, why] of [
      [{ model: 'text-embedding-3-large' }, /by text-embedding-3-small, need text-embedding-3-large/],
      [{ provider: 'offline' }, /by text-embedding-3-small, need nothing/],
      [{ dimensions: 32 }, /content_vector: has 64 dimensions, needs 32/],
      [{ algorithm: 'exhaustive' }, /found by hnsw, need exhaustiveKnn/],
      [{ compression: 'binary' }, /compression none, need binary/],
    ] as const) {
      const [step] = (await (await rig.another({ vector: vector(more) })).plan()).steps;
      expect(step).toMatchObject({ action: 'recreate', detail: expect.stringMatching(why) });
    }
  });
});
