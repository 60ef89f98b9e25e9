import type { BusinessDocument } from '../../../core/contract/document.ts';
import type { Change, Destination } from '../../../core/contract/destination.ts';
import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import { createTestContext } from '../../../core/testing/context.ts';
import { azureAiSearch } from '../../../connectors/azure-ai-search/index.ts';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
  type AzureAiSearchEmulatorOptions,
} from '../../../connectors/azure-ai-search/emulator/index.ts';

export interface Rig {
  readonly emulator: AzureAiSearchEmulator;
  readonly destination: Destination;
  readonly clock: TestClock;
  /** A second destination on the same service, with other settings or as another installation. */
  another(
    settings?: object,
    installation?: string,
    signal?: AbortSignal,
    slot?: string,
  ): Promise<Destination>;
}

/** A destination on a fresh emulator, its index created unless `apply` is false. */
export async function createRig(
  settings: object = {},
  options: AzureAiSearchEmulatorOptions & { apply?: boolean } = {},
): Promise<Rig> {
  const clock = createTestClock();
  const emulator = await startAzureAiSearchEmulator({ now: clock.now, ...options });
  const { cache } = createTestContext();
  const another: Rig['another'] = (more = {}, installation = 'test-installation', signal, slot) => {
    const config = azureAiSearch.config.parse({
      endpoint: emulator.env['AZURE_SEARCH_ENDPOINT'],
      apiKey: emulator.env['AZURE_SEARCH_API_KEY'],
      index: 'context',
      ...settings,
      ...more,
    });
    return azureAiSearch.create(
      config,
      { ...createTestContext({ clock, ...(signal ? { signal } : {}) }), cache, installation },
      slot,
    );
  };
  const destination = await another();
  if (options.apply !== false) await destination.apply(await destination.plan());
  return { emulator, destination, clock, another };
}

export function createDocument(number: number, more: Partial<BusinessDocument> = {}): BusinessDocument {
  return {
    id: `acme:account:salesforce:prod:Account:00${number}`,
    kind: 'account',
    title: `Account ${number}`,
    body: `Account ${number} renews its contract.`,
    url: `https://example.my.salesforce.com/00${number}`,
    origin: {
      system: 'salesforce',
      stream: 'Account',
      key: `00${number}`,
      modifiedAt: '2026-01-02T03:04:05.678Z',
    },
    parts: [{ part: 'owner', system: 'salesforce', stream: 'User', key: `u${number}` }],
    metadata: {},
    access: { everyone: true, reason: 'a demo' },
    classification: 'internal',
    trust: 'internal',
    version: `v${String(number).padStart(11, '0')}`,
    ...more,
  };
}

export const writeOf = (document: BusinessDocument, fingerprint = `f-${document.version}`): Change => ({
  action: 'write',
  id: document.id,
  document,
  fingerprint,
  addresses: [],
});
export const deleteOf = (id: string, addresses: readonly string[] = []): Change => ({
  action: 'delete',
  id,
  addresses,
});
export const writesOf = (count: number): Change[] =>
  Array.from({ length: count }, (_, at) => writeOf(createDocument(at + 1)));

export const isIndexing = (request: { readonly path: string }): boolean =>
  request.path.endsWith('/docs/search.index');

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
