import type { LoopbackReply, LoopbackRequest } from '../../../core/testing/loopback-server.ts';
import { apiError, isApiError } from './api-error.ts';
import type { Bulk } from './bulk.ts';
import { describeObject, describeSummary } from './describe.ts';
import type { ObjectType, RecordTypeInfo } from './object-type.ts';
import type { Org } from './org.ts';
import type { QueryRunner } from './query.ts';
import type { Replication } from './replication.ts';
import { quote } from './values.ts';

export interface DataApiParts {
  readonly org: Org;
  readonly runner: QueryRunner;
  readonly limits: () => Readonly<Record<string, { readonly Max: number; readonly Remaining: number }>>;
  readonly replication: Replication;
  readonly bulk: Bulk;
  readonly recordTypes: Readonly<Record<string, readonly RecordTypeInfo[]>>;
}

/** Everything below `/services/data`: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_list.htm */
export function createDataApi({
  org,
  runner,
  limits,
  replication,
  bulk,
  recordTypes,
}: DataApiParts): (request: LoopbackRequest) => LoopbackReply {
  const visible = (): ObjectType[] =>
    [...org.objects.values()].filter((object) => object.name !== 'FieldDefinition');
  const notFound = () => apiError(404, 'NOT_FOUND', 'The requested resource does not exist');

  const get = (path: string, query: URLSearchParams, headers: Readonly<Record<string, string>>): unknown => {
    const [, version, resource = '', first = '', second] =
      /^\/services\/data\/v(\d+\.0)(?:\/(\w+))?(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path.replace(/\/$/, '')) ??
      [];
    if (version === undefined || Number(version) < 31 || Number(version) > 67) throw notFound();
    if (resource === 'sobjects' && !first) {
      return {
        encoding: 'UTF-8',
        maxBatchSize: 200,
        sobjects: visible().map((object) => describeSummary(object, version)),
      };
    }
    if (resource === 'sobjects' && second === 'describe') {
      const object = visible().find((one) => one.name.toLowerCase() === first.toLowerCase());
      if (!object) throw notFound();
      return describeObject(object, version, recordTypes[object.name] ?? []);
    }
    if (resource === 'sobjects' && (second === 'deleted' || second === 'updated')) {
      const object = visible().find((one) => one.name.toLowerCase() === first.toLowerCase());
      if (!object) throw notFound();
      return replication[second](object, query.get('start'), query.get('end'));
    }
    if ((resource === 'query' || resource === 'queryAll') && !first) {
      const soql = query.get('q');
      if (soql === null) throw apiError(400, 'MALFORMED_QUERY', 'SOQL query must be specified');
      const asked = /batchSize=(\d+)/.exec(headers['sforce-query-options'] ?? '')?.[1];
      return runner.query(soql, {
        scanAll: resource === 'queryAll',
        batchSize: asked === undefined ? undefined : Number(asked),
        version,
      });
    }
    if (resource === 'query' || resource === 'queryAll') return runner.queryMore(first, version);
    if (resource === 'limits' && !first) return limits();
    if (resource === 'limits' && first === 'recordCount') {
      const wanted = (query.get('sObjects') ?? '').split(',');
      return {
        sObjects: visible()
          .filter((one) => wanted.includes(one.name))
          .map((one) => ({ count: countOf(one), name: one.name })),
      };
    }
    if (!resource) return { sobjects: `${path}/sobjects`, query: `${path}/query`, limits: `${path}/limits` };
    throw notFound();
  };
  const countOf = (object: ObjectType): number =>
    Number(org.database.prepare(`SELECT count(*) AS size FROM ${quote(object.name)}`).get()?.['size']);

  /** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm */
  const composite = (body: string, headers: Readonly<Record<string, string>>): unknown => {
    const parts = (JSON.parse(body) as { compositeRequest?: CompositePart[] }).compositeRequest;
    if (!parts || parts.length === 0 || parts.length > 25) {
      throw apiError(400, 'LIMIT_EXCEEDED', 'A composite request holds 1 to 25 requests');
    }
    return {
      compositeResponse: parts.map(({ method, url, referenceId, httpHeaders }) => {
        if (method !== 'GET')
          throw apiError(400, 'JSON_PARSER_ERROR', 'only GET is emulated inside composite');
        if (!/^\w+$/.test(referenceId)) throw apiError(400, 'JSON_PARSER_ERROR', 'invalid referenceId');
        const parsed = new URL(url, 'http://loopback');
        const lower = Object.fromEntries(
          Object.entries(httpHeaders ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
        );
        try {
          return {
            body: get(parsed.pathname, parsed.searchParams, { ...headers, ...lower }),
            httpHeaders: {},
            httpStatusCode: 200,
            referenceId,
          };
        } catch (error) {
          if (!isApiError(error)) throw error;
          const { status, errorCode, message } = error.apiError;
          return { body: [{ errorCode, message }], httpHeaders: {}, httpStatusCode: status, referenceId };
        }
      }),
    };
  };

  return (request) => {
    const json = { 'content-type': 'application/json;charset=UTF-8' };
    if (request.method === 'POST' && /^\/services\/data\/v\d+\.0\/composite\/?$/.test(request.path)) {
      return {
        status: 200,
        headers: json,
        body: JSON.stringify(composite(request.body.toString('utf8'), request.headers)),
      };
    }
    const job = /^\/services\/data\/v(\d+\.0)\/jobs\/query\/?(.*?)\/?$/.exec(request.path);
    if (job) {
      return bulk.handle(job[1]!, job[2] === '' ? [] : job[2]!.split('/'), request);
    }
    if (request.method !== 'GET')
      throw apiError(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${request.method}' not allowed.`);
    return {
      status: 200,
      headers: json,
      body: JSON.stringify(get(decodeURIComponent(request.path), request.query, request.headers)),
    };
  };
}

interface CompositePart {
  readonly method: string;
  readonly url: string;
  readonly referenceId: string;
  readonly httpHeaders?: Readonly<Record<string, string>>;
}
