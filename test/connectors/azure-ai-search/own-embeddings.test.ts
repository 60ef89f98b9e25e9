import { SyntheticEmbeddings } from '@langchain/core/utils/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  azureAiSearch,
  azureAiSearchWith,
  type OwnEmbeddings,
} from '../../../connectors/azure-ai-search/index.ts';
import type { Destination } from '../../../core/contract/destination.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { createDocument, createRig, writeOf, type Rig } from './support.ts';

let rig: Rig;
afterEach(async () => rig.emulator.close());

describe('embeddings of a program', () => {
  const settings = { chunks: {}, vector: { provider: 'program', dimensions: 16 } };
  const openWith = async (own?: OwnEmbeddings): Promise<Destination> => {
    const config = azureAiSearch.config.parse({
      endpoint: rig.emulator.url,
      apiKey: 'emulator-key',
      index: 'own',
      ...settings,
    });
    return (own ? azureAiSearchWith(own) : azureAiSearch).create(config, createTestContext());
  };

  it('may be any of LangChain’s; their name tells the profile', async () => {
    rig = await createRig();
    const embeddings = new SyntheticEmbeddings({ vectorSize: 16 });
    const destination = await openWith({ embeddings, model: 'synthetic' });
    await destination.apply(await destination.plan());
    expect((await destination.write([writeOf(createDocument(1))]))[0]?.status).toBe('done');
    expect((await destination.search!({ text: 'renews', limit: 1 })).map((hit) => hit.id)).toEqual([
      createDocument(1).id,
    ]);
    expect(destination.profile).not.toBe((await openWith({ embeddings, model: 'another' })).profile);
  });

  it('are asked for when a program brings none', async () => {
    rig = await createRig();
    await expect(openWith()).rejects.toMatchObject({ code: 'AZURE_SEARCH_NO_EMBEDDINGS' });
  });
});
