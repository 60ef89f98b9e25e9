import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { requireIndexName } from './index-definition.ts';
import { Refusal } from './refusal.ts';
import type { IndexRegistry } from './search-index.ts';

/** https://learn.microsoft.com/azure/search/search-how-to-alias : one index an alias, no etag. */
export function answerAlias(
  request: LoopbackRequest,
  name: string | undefined,
  registry: IndexRegistry,
): LoopbackReply {
  const { aliases } = registry;
  const body = (alias: string): object => ({ name: alias, indexes: [aliases.get(alias)] });
  const reply = (status: number, alias: string): LoopbackReply => ({
    status,
    body: { '@odata.context': 'https://emulator/$metadata#aliases/$entity', ...body(alias) },
  });
  const missing = (): Refusal => {
    const message = `No alias with the name '${name ?? ''}' was found in the service 'emulator'.`;
    return new Refusal(404, 'OperationNotAllowed', message, [
      { code: 'IndexAliasNotFoundInService', message },
    ]);
  };
  const store = (raw: unknown): string => {
    const { name: alias, indexes } = raw as { name?: unknown; indexes?: readonly string[] };
    requireIndexName(alias);
    if (indexes?.length !== 1) {
      throw new Refusal(400, 'InvalidRequestParameter', 'An alias must map to exactly one index.');
    }
    registry.find(indexes[0]!);
    aliases.set(alias, indexes[0]!);
    return alias;
  };
  if (name === undefined) {
    if (request.method === 'POST') return reply(201, store(JSON.parse(request.body.toString())));
    return { status: 200, body: { value: [...aliases.keys()].map(body) } };
  }
  if (request.method === 'PUT') {
    const created = !aliases.has(name);
    return reply(created ? 201 : 200, store(JSON.parse(request.body.toString())));
  }
  if (!aliases.has(name)) throw missing();
  if (request.method === 'DELETE') {
    aliases.delete(name);
    return { status: 204 };
  }
  return reply(200, name);
}
