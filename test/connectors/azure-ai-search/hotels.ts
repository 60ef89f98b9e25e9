import { createTestClock, type TestClock } from '../../../core/testing/clock.ts';
import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
  type AzureAiSearchEmulatorOptions,
} from '../../../connectors/azure-ai-search/emulator/index.ts';

export const hotels = {
  name: 'hotels',
  fields: [
    { name: 'id', type: 'Edm.String', key: true },
    { name: 'name', type: 'Edm.String' },
    { name: 'rooms', type: 'Edm.Int32' },
    { name: 'opened', type: 'Edm.DateTimeOffset' },
    { name: 'tags', type: 'Collection(Edm.String)' },
    { name: 'secret', type: 'Edm.String', retrievable: false },
    { name: 'story', type: 'Edm.String', filterable: false, sortable: false, facetable: false },
  ],
};

/** An emulator with an index of hotels, spoken to in plain HTTP. */
export interface HotelService {
  readonly emulator: AzureAiSearchEmulator;
  readonly clock: TestClock;
  send(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Response>;
  /** Sends indexing actions to the hotels. */
  index(...actions: object[]): Promise<Response>;
  count(): Promise<string>;
}

export async function openHotels(options: AzureAiSearchEmulatorOptions = {}): Promise<HotelService> {
  const clock = createTestClock();
  const emulator = await startAzureAiSearchEmulator({ now: clock.now, ...options });
  const send: HotelService['send'] = (method, path, body, headers = {}) =>
    fetch(`${emulator.url}${path}?api-version=2026-04-01`, {
      method,
      headers: { 'api-key': 'emulator-key', 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  await send('POST', '/indexes', hotels);
  return {
    emulator,
    clock,
    send,
    index: (...value) => send('POST', "/indexes('hotels')/docs/search.index", { value }),
    count: async () => (await send('GET', "/indexes('hotels')/docs/$count")).text(),
  };
}

export interface ServiceFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly { readonly code: string; readonly message: string }[];
}
export async function faultOf(response: Response): Promise<ServiceFault> {
  const { error } = (await response.json()) as { error: Omit<ServiceFault, 'status'> };
  return { status: response.status, ...error };
}
