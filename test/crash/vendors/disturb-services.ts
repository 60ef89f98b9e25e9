import { errorReply } from '../../../connectors/bedrock-knowledge-base/emulator/replies.ts';
import type { Fault, LoopbackReply, LoopbackServer } from '../../../core/testing/loopback-server.ts';
import { pickOf, type Random } from '../../simulation/disturb.ts';
import type { Services } from './services.ts';

const isIngest: Fault['when'] = ({ method, path }) => method === 'PUT' && path.includes('/documents');
const isChange: Fault['when'] = (request) => isIngest(request) || request.path.includes('deleteDocuments');
const isIndexing: Fault['when'] = ({ path }) => path.endsWith('search.index');
const any: Fault['when'] = () => true;
const reply = (status: number, body: unknown, headers: Record<string, string> = {}): Fault['effect'] => ({
  kind: 'reply',
  reply: { status, body, headers },
});

/** Some documents of an answer are said to have failed, although their change is in force. */
const partly =
  (statusCode: number) =>
  (answer: LoopbackReply): LoopbackReply => {
    const { value } = answer.body as { readonly value?: readonly object[] };
    if (!value) return answer;
    const items = value.map((item, at) =>
      at % 2 === 0 ? { ...item, status: false, statusCode, errorMessage: 'try again' } : item,
    );
    return { ...answer, status: 207, body: { value: items } };
  };

/**
 * Two to four faults of the sources and the planes: throttles, errors, cut connections, answers lost after success,
 * documents that show late or stale, mixed results, now and then an index that is gone. The function returned ends them.
 */
export async function disturbServices(services: Services, random: Random): Promise<() => void> {
  const { salesforce, snowflake, bedrock, azure } = services;
  const off: (() => void)[] = [];
  const fault = (server: LoopbackServer, when: Fault['when'], effect: Fault['effect']): void => {
    const after = Math.floor(random() * 4);
    off.push(server.fault({ when, effect, after, times: 1 + Math.floor(random() * 2) }));
  };
  const cut = (): Fault['effect'] => ({ kind: pickOf(random, ['cut-before', 'cut-after'] as const) });
  const faults: (() => void)[] = [
    () => fault(salesforce.server, any, reply(503, [{ message: 'busy', errorCode: 'SERVER_UNAVAILABLE' }])),
    () => fault(salesforce.server, any, cut()),
    () => salesforce.expireSessions(),
    () => off.push(snowflake.faults.unavailable({ times: 1, after: Math.floor(random() * 4) })),
    () => snowflake.sessions.drop(),
    () => fault(snowflake.server, ({ path }) => path.includes('query-request'), cut()),
    () =>
      fault(bedrock.server, any, {
        kind: 'reply',
        reply: errorReply('ThrottlingException', 'Too many requests, please wait before trying again.'),
      }),
    () =>
      fault(bedrock.server, any, {
        kind: 'reply',
        reply: errorReply('InternalServerException', 'Something went wrong.'),
      }),
    () => fault(bedrock.server, isChange, { kind: 'cut-after' }),
    () => fault(bedrock.server, any, cut()),
    () => bedrock.loseAnswerAndApplyLate({ id: /./, delayMs: 50 + Math.floor(random() * 200) }),
    () => (bedrock.switches.staleMs = 150),
    () => (bedrock.switches.notFoundMs = 150),
    () => {
      bedrock.switches.outcomes = [{ id: /account/, final: 'PARTIALLY_INDEXED' }];
    },
    () =>
      fault(azure.server, any, reply(503, { error: { code: '', message: 'busy' } }, { 'retry-after': '0' })),
    () => fault(azure.server, isIndexing, { kind: 'cut-after' }),
    () => fault(azure.server, any, cut()),
    () =>
      fault(azure.server, isIndexing, { kind: 'change', change: partly(pickOf(random, [409, 422, 503])) }),
  ];
  if (random() < 0.05) await loseIndex(services);
  for (let count = 2 + Math.floor(random() * 3); count > 0; count--) pickOf(random, faults)();
  return () => {
    for (const end of off) end();
    Object.assign(bedrock.switches, { staleMs: 0, notFoundMs: 0, outcomes: [] });
  };
}

/** Somebody deletes the index. https://learn.microsoft.com/rest/api/searchservice/indexes/delete */
async function loseIndex({ azure }: Services): Promise<void> {
  await fetch(`${azure.url}/indexes/acme?api-version=2024-07-01`, {
    method: 'DELETE',
    headers: { 'api-key': azure.env['AZURE_SEARCH_API_KEY']! },
  });
}
