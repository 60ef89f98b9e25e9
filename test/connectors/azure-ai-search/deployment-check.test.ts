import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  startAzureOpenAiEmulator,
  type AzureOpenAiEmulator,
} from '../../../connectors/azure-ai-search/emulator/azure-openai.ts';
import { createRig, type Rig } from './support.ts';

let rig: Rig;
let openai: AzureOpenAiEmulator;
beforeEach(async () => {
  openai = await startAzureOpenAiEmulator();
});
afterEach(async () => {
  await rig.emulator.close();
  await openai.close();
});

const vector = (more: object = {}) => ({
  provider: 'azure-openai',
  dimensions: 64,
  endpoint: openai.url,
  deployment: 'embedding',
  apiKey: 'openai-key',
  requestsPerSecond: 1000,
  ...more,
});
const open = async (): Promise<Rig> =>
  (rig = await createRig({ chunks: { maxCharacters: 200, overlap: 20 }, vector: vector() }));

describe('an embedding deployment that is checked', () => {
  it('is asked for one word and once for each deployment, and tells what a person must correct', async () => {
    await open();
    for (let times = 0; times < 3; times++) await rig.destination.check();
    expect(openai.texts).toEqual(['Tributary']);
    for (const [more, code] of [
      [{ deployment: 'nowhere' }, 'AZURE_OPENAI_DEPLOYMENT_MISSING'],
      [{ deployment: 'second', apiKey: 'wrong' }, 'AZURE_OPENAI_ACCESS_DENIED'],
    ] as const)
      await expect((await rig.another({ vector: vector(more) })).check()).rejects.toMatchObject({ code });
  });

  it('that refuses even one word is told with the settings to compare, and is tried again by the next check', async () => {
    await open();
    openai.server.fault({
      when: () => true,
      times: 1,
      effect: { kind: 'reply', reply: { status: 400, body: { error: { code: 'x', message: 'No.' } } } },
    });
    await expect(rig.destination.check()).rejects.toMatchObject({
      name: 'ConfigError',
      code: 'AZURE_SEARCH_EMBEDDING',
      where: 'vector',
      message: expect.stringMatching(/refuses a plain word: Azure OpenAI answers 400 \(x\)/),
      hint: expect.stringMatching(/model, vector\.dimensions and the region/),
    });
    await rig.destination.check();
    expect(openai.texts).toEqual(['Tributary']);
  });
});
