import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { requireIndexName } from './index-definition.ts';
import { Refusal } from './refusal.ts';
import type { IndexRegistry } from './search-index.ts';

const headers = {
  'content-type': 'application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8',
};

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
    headers,
    body: { '@odata.context': 'https://emulator/$metadata#aliases/$entity', ...body(alias) },
  });
  const store = (): string => {
    const { name: alias, indexes } = JSON.parse(request.body.toString('utf8')) as {
      name?: unknown;
      indexes?: readonly string[];
    };
    requireIndexName(alias);
    if (name !== undefined && name !== alias)
      throw new Refusal(
        400,
        'InvalidRequestParameter',
        'The alias name in the body does not match the path.',
      );
    if (indexes?.length !== 1)
      throw new Refusal(400, 'InvalidRequestParameter', 'An alias must map to exactly one index.');
    const known = registry.list().map((one) => one.definition.name);
    if (known.includes(alias))
      throw new Refusal(400, 'OperationNotAllowed', `There is an index with the name '${alias}'.`);
    if (!known.includes(indexes[0]!))
      throw new Refusal(400, 'OperationNotAllowed', `There is no index with the name '${indexes[0]}'.`);
    registry.setAlias(alias, indexes[0]!);
    return alias;
  };
  if (name === undefined) {
    if (request.method === 'GET')
      return {
        status: 200,
        headers,
        body: {
          '@odata.context': 'https://emulator/$metadata#aliases',
          value: [...aliases.keys()].sort().map(body),
        },
      };
    const { name: alias } = JSON.parse(request.body.toString('utf8')) as { name?: string };
    if (alias !== undefined && aliases.has(alias))
      throw new Refusal(
        409,
        'ResourceNameAlreadyInUse',
        `Cannot create alias '${alias}' because it already exists.`,
      );
    return reply(201, store());
  }
  if (request.method === 'PUT') {
    const created = !aliases.has(name);
    return reply(created ? 201 : 200, store());
  }
  if (!aliases.has(name)) {
    const message = `The index alias needs to be a valid alias. Alias – '${name}' cannot be found within the search service – 'emulator'. Learn more at https://aka.ms/azurecognitivesearchgetalias`;
    throw new Refusal(404, 'OperationNotAllowed', message, [
      { code: 'IndexAliasNotFoundInService', message },
    ]);
  }
  if (request.method === 'DELETE') {
    registry.setAlias(name, undefined);
    return { status: 204 };
  }
  return reply(200, name);
}
