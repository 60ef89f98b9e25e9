import { fetchAgain } from './fetch-again.ts';
import { createHmac, hash, randomUUID } from 'node:crypto';
import pLimit from 'p-limit';

/** One request, signed and ready to leave. */
export interface ReadyRequest {
  readonly url: string;
  readonly init: RequestInit;
}

export interface BedrockPlace {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export const placeOf = (env: Readonly<Record<string, string | undefined>>): BedrockPlace => ({
  url: `${env['BEDROCK_ENDPOINT']}/knowledgebases/${env['BEDROCK_KNOWLEDGE_BASE_ID']}/datasources/${env['BEDROCK_DATA_SOURCE_ID']}/documents`,
  region: env['AWS_REGION']!,
  accessKeyId: env['AWS_ACCESS_KEY_ID']!,
  secretAccessKey: env['AWS_SECRET_ACCESS_KEY']!,
});

const sign = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signed(place: BedrockPlace, method: string, url: string, body: string): ReadyRequest {
  const { host, pathname } = new URL(url);
  const at = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const date = at.slice(0, 8);
  const payload = hash('sha256', body);
  const names = 'content-type;host;x-amz-content-sha256;x-amz-date';
  const canonical = [
    method,
    pathname,
    '',
    'content-type:application/json',
    `host:${host}`,
    `x-amz-content-sha256:${payload}`,
    `x-amz-date:${at}`,
    '',
    names,
    payload,
  ].join('\n');
  const scope = `${date}/${place.region}/bedrock/aws4_request`;
  let key: string | Buffer = `AWS4${place.secretAccessKey}`;
  for (const part of scope.split('/')) key = sign(key, part);
  const signature = sign(key, ['AWS4-HMAC-SHA256', at, scope, hash('sha256', canonical)].join('\n')).toString(
    'hex',
  );
  return {
    url,
    init: {
      method,
      body,
      headers: {
        'content-type': 'application/json',
        'x-amz-date': at,
        'x-amz-content-sha256': payload,
        authorization: `AWS4-HMAC-SHA256 Credential=${place.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
      },
    },
  };
}

/** `documents` in their JSON form. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_IngestKnowledgeBaseDocuments.html */
export const ingestRequest = (place: BedrockPlace, documents: readonly string[]): ReadyRequest =>
  signed(place, 'PUT', place.url, `{"clientToken":"${randomUUID()}","documents":[${documents.join(',')}]}`);

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetKnowledgeBaseDocuments.html */
export const statusRequest = (place: BedrockPlace, ids: readonly string[]): ReadyRequest =>
  signed(
    place,
    'POST',
    `${place.url}/getDocuments`,
    JSON.stringify({ documentIdentifiers: ids.map((id) => ({ dataSourceType: 'CUSTOM', custom: { id } })) }),
  );

export interface Sender<Batch> {
  /** Resolves as soon as there is room for the batch, not when it has arrived. */
  send(batch: Batch): Promise<void>;
  finished(): Promise<void>;
}

/** Keeps so many sendings under way at once. */
export function createSender<Batch>(inFlight: number, work: (batch: Batch) => Promise<void>): Sender<Batch> {
  const limit = pLimit(inFlight);
  const running = new Set<Promise<void>>();
  return {
    async send(batch) {
      while (limit.activeCount + limit.pendingCount >= inFlight) await Promise.race(running);
      const task = limit(() => work(batch)).finally(() => running.delete(task));
      running.add(task);
    },
    async finished() {
      await Promise.all(running);
    },
  };
}

/** Documents with their ids, ten at a time, each batch asked about until all of it is indexed. */
export function createBedrockSender(
  place: BedrockPlace,
  inFlight: number,
): Sender<readonly { id: string; wire: string }[]> {
  return createSender(inFlight, async (batch) => {
    await ok(
      ingestRequest(
        place,
        batch.map((one) => one.wire),
      ),
    );
    const ids = batch.map((one) => one.id);
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const { documentDetails } = JSON.parse(await ok(statusRequest(place, ids))) as {
        documentDetails: { status: string }[];
      };
      if (documentDetails.every((one) => one.status === 'INDEXED')) return;
    }
  });
}

export async function ok({ url, init }: ReadyRequest): Promise<string> {
  const answer = await fetchAgain(url, init);
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${text.slice(0, 200)}`);
  return text;
}
