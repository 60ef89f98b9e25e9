import type { LoopbackReply } from '../../../core/testing/loopback-server.ts';
import { createDocumentOperations, type DocumentOperations } from './document-operations.ts';
import { createDocumentStore, type DocumentStore } from './document-store.ts';
import { generationOf, hasAccessLists } from './knowledge-base.ts';
import type { Quotas } from './quotas.ts';
import { createRanking, type Ranking } from './ranking.ts';
import { invalid, okReply, ServiceError } from './replies.ts';
import { updateDataSource } from './resources.ts';
import { checkIngestion, checkSourceConfiguration } from './source-configuration.ts';
import type { Bucket } from './s3/bucket.ts';
import { createObjectDocuments, type ObjectDocuments } from './s3/object-documents.ts';
import type { Switches } from './switches.ts';
import { clientToken, isFields, number, oneOf, position, text, type Fields } from './validation.ts';

/** A data source with what was sent to it. */
export interface EmulatedSource {
  readonly id: string;
  resource: Record<string, unknown>;
  readonly store: DocumentStore;
  readonly ranking: Ranking;
  readonly operations: DocumentOperations;
  /** Of an S3 data source: where its documents are. */
  readonly objects: ObjectDocuments | undefined;
  /** What ingestion jobs have indexed of it, as it was then. */
  readonly indexed: Map<string, { readonly etag: string; readonly metadataEtag: string }>;
  /** An ingestion job has read it. */
  isSynced: boolean;
}
export interface DataSources {
  readonly primary: EmulatedSource;
  all(): readonly EmulatedSource[];
  /** One that is there from the beginning. */
  open(resource: Record<string, unknown>): EmulatedSource;
  find(id: string): EmulatedSource | undefined;
  create(body: Fields): LoopbackReply;
  list(body: Fields): LoopbackReply;
  get(source: EmulatedSource): LoopbackReply;
  update(source: EmulatedSource, body: Fields): LoopbackReply;
  remove(source: EmulatedSource): LoopbackReply;
  close(): void;
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-quotas.html and https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
const maxSources = { VECTOR: 5, MANAGED: 200 };
const readyMs = { VECTOR: 0, MANAGED: 3000 };
const deletedMs = 2000;
/** The service may give fewer than were asked for. */
const maxPage = 10;

/** The data sources of one knowledge base, made and deleted as the service does: a managed one is ready only later. */
export function createDataSources(options: {
  readonly knowledgeBaseId: string;
  readonly knowledgeBase: () => Fields;
  readonly primary: Record<string, unknown>;
  readonly quotas: Quotas;
  readonly switches: Switches;
  readonly maxDocuments: number;
  readonly bucket?: Bucket | undefined;
  readonly isJobRunning: () => boolean;
  readonly now: () => number;
}): DataSources {
  const { knowledgeBaseId, knowledgeBase, quotas, switches, now } = options;
  const sources = new Map<string, EmulatedSource>();
  const tokens = new Map<string, string>();
  const due = new Map<string, { at: number; status: string | undefined; reasons?: readonly string[] }>();
  let made = 1;

  const open = (resource: Record<string, unknown>): EmulatedSource => {
    const id = String(resource['dataSourceId']);
    const store = createDocumentStore(now);
    const objects = objectsOf(resource, options.bucket);
    const operations = createDocumentOperations({
      place: { knowledgeBaseId, dataSourceId: id },
      store,
      quotas,
      switches,
      maxDocuments: options.maxDocuments,
      accessLists: () => hasAccessLists(source.resource),
      objects,
      isSynced: () => source.isSynced,
      isJobRunning: options.isJobRunning,
      now,
    });
    const ranking = createRanking(store);
    const source: EmulatedSource = {
      id,
      resource,
      store,
      ranking,
      operations,
      objects,
      indexed: new Map(),
      isSynced: false,
    };
    sources.set(id, source);
    return source;
  };
  const settle = (): void => {
    for (const [id, { at, status, reasons }] of due) {
      const source = sources.get(id);
      if (at > now() || !source) continue;
      due.delete(id);
      if (status === undefined) {
        source.ranking.close();
        sources.delete(id);
      } else
        source.resource = {
          ...source.resource,
          status,
          ...(reasons === undefined ? {} : { failureReasons: reasons }),
        };
    }
  };
  const all = (): readonly EmulatedSource[] => {
    settle();
    return [...sources.values()];
  };
  const primary = open(options.primary);

  return {
    primary,
    all,
    open,
    find: (id) => all().find((source) => source.id === id),
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_CreateDataSource.html */
    create(body) {
      const generation = generationOf(knowledgeBase());
      const token = clientToken(body['clientToken']);
      const known = sources.get(tokens.get(token ?? '') ?? '');
      if (known) return okReply(200, { dataSource: known.resource });
      const name = text(body['name'], 'name', 1, 100, /^([0-9a-zA-Z][_-]?){1,100}$/);
      const description = body['description'];
      if (description !== undefined) text(description, 'description', 1, 200);
      const configuration = checkSourceConfiguration(body['dataSourceConfiguration'], generation);
      const ingestion = checkIngestion(body['vectorIngestionConfiguration'], generation);
      const policy = oneOf(body['dataDeletionPolicy'] ?? 'DELETE', 'dataDeletionPolicy', [
        'DELETE',
        'RETAIN',
      ]);
      if (generation === 'MANAGED' && policy !== 'DELETE')
        throw invalid('A data source of a MANAGED knowledge base takes the deletion policy DELETE only.');
      if (all().some(({ resource }) => resource['name'] === name))
        throw new ServiceError('ConflictException', `DataSource with name ${name} already exists.`);
      if (sources.size >= maxSources[generation])
        throw new ServiceError(
          'ServiceQuotaExceededException',
          `The knowledge base has the maximum of ${maxSources[generation]} data sources.`,
        );
      const id = `DSTRIB${String(++made).padStart(4, '0')}`;
      const at = new Date(now()).toISOString();
      const source = open({
        knowledgeBaseId,
        dataSourceId: id,
        name,
        ...(description === undefined ? {} : { description }),
        status: readyMs[generation] > 0 ? 'CREATING' : 'AVAILABLE',
        dataSourceConfiguration: configuration,
        dataDeletionPolicy: policy,
        ...(ingestion === undefined ? {} : { vectorIngestionConfiguration: ingestion }),
        createdAt: at,
        updatedAt: at,
      });
      const answer = okReply(200, { dataSource: source.resource });
      if (token !== undefined) tokens.set(token, id);
      const reason = switches.dataSourceFails;
      if (reason !== undefined) due.set(id, { at: now() + 500, status: 'FAILED', reasons: [reason] });
      else if (readyMs[generation] > 0) due.set(id, { at: now() + readyMs[generation], status: 'AVAILABLE' });
      return answer;
    },
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListDataSources.html */
    list(body) {
      const found = all();
      const limit = Math.min(
        maxPage,
        body['maxResults'] === undefined ? maxPage : number(body['maxResults'], 'maxResults', 1, 1000),
      );
      const from = body['nextToken'] === undefined ? 0 : position(body['nextToken']);
      const page = found.slice(from, from + limit).map(({ resource }) => ({
        knowledgeBaseId,
        dataSourceId: resource['dataSourceId'],
        name: resource['name'],
        status: resource['status'],
        ...(resource['description'] === undefined ? {} : { description: resource['description'] }),
        updatedAt: resource['updatedAt'],
      }));
      return okReply(200, {
        dataSourceSummaries: page,
        ...(from + limit < found.length
          ? { nextToken: Buffer.from(`position ${from + limit}`).toString('base64url') }
          : {}),
      });
    },
    get: (source) => okReply(200, { dataSource: source.resource }),
    update: (source, body) => updateDataSource(source, body, generationOf(knowledgeBase()), now()),
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DeleteDataSource.html */
    remove(source) {
      source.resource = { ...source.resource, status: 'DELETING' };
      due.set(source.id, { at: now() + deletedMs, status: undefined });
      return okReply(202, { knowledgeBaseId, dataSourceId: source.id, status: 'DELETING' });
    },
    close() {
      for (const { ranking } of sources.values()) ranking.close();
    },
  };
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_S3DataSourceConfiguration.html */
function objectsOf(resource: Fields, bucket: Bucket | undefined): ObjectDocuments | undefined {
  const configuration = resource['dataSourceConfiguration'];
  const s3 = isFields(configuration) ? configuration['s3Configuration'] : undefined;
  if (!isFields(s3) || bucket === undefined || s3['bucketArn'] !== `arn:aws:s3:::${bucket.name}`)
    return undefined;
  const [prefix = ''] = (s3['inclusionPrefixes'] ?? []) as readonly string[];
  return createObjectDocuments(bucket, prefix);
}
