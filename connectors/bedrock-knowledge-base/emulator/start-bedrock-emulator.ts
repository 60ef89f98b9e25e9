import {
  startLoopbackServer,
  type LoopbackReply,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../../core/testing/loopback-server.ts';
import type { EmulatedSource } from './data-sources.ts';
import type { DocumentContent, Status } from './document-store.ts';
import { createEmulatedBase, type EmulatedBase } from './emulated-base.ts';
import { generationOf, type Generation } from './knowledge-base.ts';
import { createQuotas } from './quotas.ts';
import { errorReply, invalid, ServiceError } from './replies.ts';
import type { Resources } from './resources.ts';
import type { Route } from './routes.ts';
import { retrieve } from './retrieve.ts';
import { startS3Emulator, type S3Emulator } from './s3/start-s3-emulator.ts';
import { checkSignature } from './signature.ts';
import {
  createSwitches,
  defaultJobTimings,
  defaultTimings,
  shortJobTimings,
  shortTimings,
  type Switches,
  type Timings,
} from './switches.ts';
import { tagRoute } from './tags.ts';
import { parseBody } from './validation.ts';

export interface BedrockEmulatorOptions {
  readonly port?: number;
  readonly runtimePort?: number;
  /** Milliseconds since 1970; real time when absent. */
  readonly now?: () => number;
  /** Quotas, the cap on requests in flight and lifelike processing times; on when absent. Validation is always on. */
  readonly limits?: boolean;
  /** Documents that one request may hold: 10 as the API model says, or 25 as the user guide does. */
  readonly maxDocuments?: 10 | 25;
  readonly timings?: Partial<Timings>;
  /** Which generation of knowledge base; VECTOR when absent. */
  readonly type?: Generation;
  /** VECTOR: which vector store stands behind; OpenSearch Serverless when absent. */
  readonly vectorStore?: 'OPENSEARCH_SERVERLESS' | 'S3_VECTORS';
  /** MANAGED: documents carry access control lists. */
  readonly accessLists?: boolean;
  /** Serves S3 too, with a bucket and a data source of type S3 over it. */
  readonly s3?: boolean;
  readonly s3Port?: number;
  /** A second knowledge base beside the first, with a data source of its own. */
  readonly second?: boolean;
}

export interface BedrockEmulator {
  readonly url: string;
  /** Of `bedrock-agent-runtime`: HTTP/2 without TLS, which the SDK's client speaks by default. */
  readonly runtimeUrl: string;
  /** What a process needs to reach it in place of AWS. */
  readonly env: Readonly<Record<string, string>>;
  readonly server: LoopbackServer;
  readonly runtimeServer: LoopbackServer;
  readonly switches: Switches;
  readonly resources: Resources;
  /** Undefined unless it was asked for. */
  readonly s3: S3Emulator | undefined;
  /** What Retrieve would find now in the first knowledge base or the one named, by document id. */
  documents(knowledgeBase?: string): ReadonlyMap<string, DocumentContent>;
  status(id: string): Status;
  /** Every data source of the knowledge base, also those that were made through the API. */
  sources(): readonly EmulatedSource[];
  inFlight(): number;
  tags(knowledgeBase: string): ReadonlyMap<string, string>;
  /** Loses the answer of the next change of a matching document and applies the change only `delayMs` later. */
  loseAnswerAndApplyLate(change: { readonly id: RegExp; readonly delayMs: number }): void;
  close(): Promise<void>;
}

const region = 'us-east-1';
const accessKeyId = 'AKIATRIBUTARY0000000';
const secretAccessKey = 'loopback-only-secret-access-key-of-emulator';
const knowledgeBaseId = 'KBTRIBUT01';
const dataSourceId = 'DSTRIBUT01';
const second = { knowledgeBaseId: 'KBTRIBUT02', dataSourceId: 'DSTRIBUT02' };
const s3DataSourceId = 'DSTRIBUT0S';
const bucketName = 'tributary-knowledge';
const bucketPrefix = 'tributary/';
const maxRequestBytes = 6_000_000;

/** Starts an Amazon Bedrock knowledge base with one CUSTOM data source on this machine. */
export async function startBedrockEmulator(options: BedrockEmulatorOptions = {}): Promise<BedrockEmulator> {
  const now = options.now ?? Date.now;
  const quotas = createQuotas({ now, enabled: options.limits ?? true });
  const switches = createSwitches(
    { ...((options.limits ?? true) ? defaultTimings : shortTimings), ...options.timings },
    (options.limits ?? true) ? defaultJobTimings : shortJobTimings,
  );
  const key = { region, accessKeyId, secretAccessKey };
  const s3 = options.s3 ? await startS3Emulator({ bucketName, key, now, port: options.s3Port }) : undefined;
  if (options.vectorStore === 'S3_VECTORS') switches.vectorStore = 's3-vectors';
  const createBase = (ids: {
    readonly knowledgeBaseId: string;
    readonly dataSourceId: string;
  }): EmulatedBase =>
    createEmulatedBase({
      ...ids,
      region,
      type: options.type ?? 'VECTOR',
      vectorStore: options.vectorStore ?? 'OPENSEARCH_SERVERLESS',
      accessLists: options.accessLists ?? false,
      maxDocuments: options.maxDocuments ?? 10,
      bucket: s3?.bucket,
      quotas,
      switches,
      now,
    });
  const primary = createBase({ knowledgeBaseId, dataSourceId });
  const { sources, resources } = primary;
  const bases = new Map([[knowledgeBaseId, primary]]);
  if (options.second) bases.set(second.knowledgeBaseId, createBase(second));
  s3?.bucket.beforeChange(() => {
    for (const { jobs } of bases.values()) jobs.settle();
  });
  if (s3)
    sources.open({
      ...resources.dataSource,
      dataSourceId: s3DataSourceId,
      name: 'tributary-s3',
      ...s3Source,
    });

  const serve =
    (route: (request: LoopbackRequest) => Routed | undefined) =>
    (request: LoopbackRequest): LoopbackReply => {
      try {
        checkSignature(request, key);
        const found = route(request);
        if (!found) throw new ServiceError('UnknownOperationException', 'The operation is not known.');
        for (const action of found.actions)
          if (switches.denied.has(action))
            throw new ServiceError(
              'AccessDeniedException',
              `User: arn:aws:iam::123456789012:user/tributary is not authorized to perform: ${action}`,
            );
        quotas.spend(found.operation);
        return found.handle(parseBody(request.body), found.source ?? sources.primary, found.last ?? '');
      } catch (error) {
        if (error instanceof ServiceError) return error.reply;
        return errorReply('InternalServerException', error instanceof Error ? error.message : String(error));
      }
    };

  const baseOf = (id: string): EmulatedBase => {
    const found = bases.get(id);
    checkId('knowledge base', id, found !== undefined);
    return found!;
  };
  const agentRoute = (request: LoopbackRequest): Routed | undefined => {
    if (request.body.length > maxRequestBytes)
      throw invalid('The request payload exceeds the limit of 6 MB.');
    const [root, kb, branch, ds, leaf, last, ...rest] = segments(request.path);
    if (root === 'tags' && kb !== undefined && branch === undefined)
      return tagRoute(request.method, kb, bases.values());
    if (root !== 'knowledgebases' || kb === undefined || rest.length > 0) return undefined;
    const isJob = leaf === 'ingestionjobs' && last !== undefined;
    const shape = `${request.method} ${[branch, ds === undefined ? undefined : '*', leaf, isJob ? '*' : last].filter((one) => one !== undefined).join('/')}`;
    if (!primary.routes[shape]) return undefined;
    const base = baseOf(kb);
    const route = base.routes[shape]!;
    if (ds === undefined) return route;
    const source = base.sources.find(ds);
    checkId('data source', ds, source !== undefined);
    return { ...route, ...(source ? { source } : {}), ...(last === undefined ? {} : { last }) };
  };
  const runtimeRoute = (request: LoopbackRequest): Routed | undefined => {
    const [root, kb, leaf, ...rest] = segments(request.path);
    if (request.method !== 'POST' || root !== 'knowledgebases' || leaf !== 'retrieve' || rest.length > 0)
      return undefined;
    const base = baseOf(kb ?? '');
    return {
      operation: 'Retrieve',
      actions: ['bedrock:Retrieve'],
      handle: (body) =>
        retrieve(body, {
          sources: base.sources.all(),
          generation: generationOf(base.resources.knowledgeBase),
          switches,
        }),
    };
  };

  const server = await startLoopbackServer(serve(agentRoute), {
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  const runtimeServer = await startLoopbackServer(serve(runtimeRoute), {
    http2: true,
    ...(options.runtimePort === undefined ? {} : { port: options.runtimePort }),
  });
  return {
    url: server.url,
    runtimeUrl: runtimeServer.url,
    env: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      BEDROCK_ENDPOINT: server.url,
      BEDROCK_RUNTIME_ENDPOINT: runtimeServer.url,
      BEDROCK_KNOWLEDGE_BASE_ID: knowledgeBaseId,
      BEDROCK_DATA_SOURCE_ID: dataSourceId,
      ...(options.second
        ? {
            BEDROCK_SECOND_KNOWLEDGE_BASE_ID: second.knowledgeBaseId,
            BEDROCK_SECOND_DATA_SOURCE_ID: second.dataSourceId,
          }
        : {}),
      ...(s3
        ? {
            BEDROCK_S3_ENDPOINT: s3.url,
            BEDROCK_S3_BUCKET: bucketName,
            BEDROCK_S3_PREFIX: bucketPrefix,
            BEDROCK_S3_DATA_SOURCE_ID: s3DataSourceId,
          }
        : {}),
    },
    server,
    runtimeServer,
    switches,
    resources,
    s3,
    documents(base = knowledgeBaseId) {
      const found = new Map<string, DocumentContent>();
      for (const { store } of baseOf(base).sources.all())
        for (const { id } of store.all()) {
          const live = store.get(id)?.live;
          if (live) found.set(id, live);
        }
      return found;
    },
    tags: (base) => baseOf(base).tags,
    status: (id) => sources.primary.store.status(id),
    sources: () => sources.all(),
    inFlight: quotas.inFlight,
    loseAnswerAndApplyLate({ id, delayMs }) {
      switches.late({ id, delayMs });
      server.fault({
        when: ({ method, path, body }) =>
          (method === 'PUT' || path.endsWith('deleteDocuments')) && id.test(body.toString('utf8')),
        times: 1,
        effect: { kind: 'cut-after' },
      });
    },
    async close() {
      await Promise.all([server.close(), runtimeServer.close(), s3?.close()]);
      for (const base of bases.values()) base.sources.close();
    },
  };
}

interface Routed extends Route {
  readonly source?: EmulatedSource;
  readonly last?: string;
}

const s3Source = {
  dataSourceConfiguration: {
    type: 'S3',
    s3Configuration: { bucketArn: `arn:aws:s3:::${bucketName}`, inclusionPrefixes: [bucketPrefix] },
  },
};

/** With or without a trailing slash, percent-decoded. */
const segments = (path: string): readonly string[] =>
  path
    .replace(/^\/|\/$/g, '')
    .split('/')
    .map(decodeURIComponent);

function checkId(what: string, id: string, known: boolean): void {
  if (!/^[0-9a-zA-Z]{10}$/.test(id))
    throw invalid(
      `The ${what} id failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9a-zA-Z]{10}`,
    );
  if (!known)
    throw new ServiceError('ResourceNotFoundException', `The ${what} with id ${id} does not exist.`);
}
