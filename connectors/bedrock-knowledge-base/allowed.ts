import type { Finding } from '../../core/contract/survey.ts';
import { isConfigError } from '../../core/contract/errors.ts';
import type { Ask } from './ask.ts';
import type { BedrockClient } from './client.ts';
import type { RuntimeClient } from './runtime-client.ts';

interface Trial {
  readonly actions: readonly string[];
  readonly call: () => Promise<unknown>;
  /** The call is empty, so that it can change nothing: the service refuses it, and a refusal proves no permission. */
  readonly empty?: true;
}

/** A name that no document has: ids of ours have colons. */
const nobody = 'tributary-provision';

/** What AWS lets the caller do, by calls that read or that are empty: without `iam:` permissions nothing more can be seen. */
export async function findAllowed(parts: {
  readonly client: BedrockClient;
  readonly runtime: RuntimeClient;
  readonly ask: Ask;
  /** Calls on the data source need one. */
  readonly hasSource: boolean;
  /** Actions that other findings have proved allowed. */
  readonly proved: readonly string[];
  readonly pace: (operation: 'ingest' | 'remove' | 'get' | 'list' | 'retrieve') => Promise<void>;
}): Promise<readonly Finding[]> {
  const { client, runtime, ask, pace } = parts;
  const trials: readonly Trial[] = [
    ...(parts.hasSource
      ? [
          {
            actions: ['ListKnowledgeBaseDocuments'],
            call: async () => (await pace('list'), client.list(undefined)),
          },
          {
            actions: ['GetKnowledgeBaseDocuments'],
            call: async () => (await pace('get'), client.get([nobody])),
          },
          {
            actions: ['IngestKnowledgeBaseDocuments', 'StartIngestionJob'],
            call: async () => (await pace('ingest'), client.ingest([])),
            empty: true as const,
          },
          {
            actions: ['DeleteKnowledgeBaseDocuments'],
            call: async () => (await pace('remove'), client.remove([])),
            empty: true as const,
          },
        ]
      : []),
    {
      actions: ['Retrieve'],
      call: async () => (
        await pace('retrieve'),
        runtime.retrieve({ text: nobody, results: 1, filter: undefined })
      ),
    },
  ];
  const allowed = [...parts.proved];
  const untold: string[] = parts.hasSource ? ['UpdateDataSource'] : [];
  const denied = new Map<string, string>();
  const unclear: Finding[] = [];
  for (const { actions, call, empty } of trials) {
    const refusal = await refusalOf(ask, call);
    if (refusal?.denied) denied.set(refusal.action ?? actions.join(' and '), refusal.message);
    else if (empty) untold.push(...actions);
    else if (refusal) unclear.push({ what: actions.join(', '), status: 'unseen', detail: refusal.message });
    else allowed.push(...actions);
  }
  return [
    ...[...denied].map(([action, detail]) => ({
      what: `permission to ${action}`,
      status: 'problem' as const,
      detail,
      hint: 'attach the policy below to the role or user that Tributary runs as',
    })),
    ...unclear,
    { what: 'permissions that were used', status: 'fine', detail: allowed.join(', ') },
    ...(untold.length === 0
      ? []
      : [
          {
            what: 'permissions that only a change would prove',
            status: 'unseen' as const,
            detail: `${untold.join(', ')}; nothing was denied to a request without content`,
          },
        ]),
  ];
}

async function refusalOf(
  ask: Ask,
  call: () => Promise<unknown>,
): Promise<{ readonly denied: boolean; readonly action?: string; readonly message: string } | undefined> {
  try {
    await ask(call);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const denied =
      isConfigError(error) && error.cause instanceof Error && error.cause.name === 'AccessDeniedException';
    const action = /bedrock:(\w+)/.exec(message)?.[1];
    return { denied, message, ...(action === undefined ? {} : { action }) };
  }
}
