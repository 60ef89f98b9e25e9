import type { HttpRequest } from 'jsforce/lib/types/common.js';
import type { Context } from '../../core/contract/context.ts';
import { TransientError } from '../../core/contract/errors.ts';
import type {
  DeletedAnswer,
  Limits,
  ObjectDescribe,
  ObjectSummary,
  QueryAnswer,
  RawRecord,
} from './api-types.ts';
import { createBudget, type Budget } from './budget.ts';
import type { SalesforceConfig } from './config.ts';
import { salesforceCode, sortError } from './errors.ts';
import { createSend, type Send } from './send.ts';
import { createSessions } from './session.ts';
import { createTransport } from './transport.ts';

/** The REST API as this connector uses it. Errors are sorted; an expired session is renewed unseen. */
export interface SalesforceClient {
  /** One request: the first batch of the result. `object` names the stream in errors. */
  query(soql: string, options: { readonly object: string; readonly scanAll: boolean }): Promise<QueryAnswer>;
  queryMore(nextRecordsUrl: string, object: string): Promise<QueryAnswer>;
  describe(object: string): Promise<ObjectDescribe>;
  describeGlobal(): Promise<readonly ObjectSummary[]>;
  /** Ids deleted between two instants, as far as the delete log still has them. */
  deleted(object: string, start: string, end: string): Promise<DeletedAnswer>;
  limits(): Promise<Limits>;
  /** About how many records an object has; undefined when Salesforce keeps no count of it. */
  recordCount(object: string): Promise<number | undefined>;
  /** A request of a kind that this interface does not name, below the address of the API version. */
  send: Send;
  /** The organisation behind the credentials and the address of its instance. */
  organization(): Promise<{ readonly id: string; readonly instanceUrl: string }>;
  /** The clock of Salesforce when it last answered: never ahead of the next request. */
  serverMs(): number;
  readonly budget: Budget;
}

/** Salesforce refuses a longer address with 431 or 414, at 16,384 bytes with headers. */
const maxUrlLength = 8000;
const tooLong = new Set(['ERROR_HTTP_414', 'ERROR_HTTP_431', 'URI_TOO_LONG', 'REQUEST_HEADER_TOO_LARGE']);

export function createClient(config: SalesforceConfig, context: Context): SalesforceClient {
  let serverMs: number | undefined;
  const budget = createBudget(config.apiShare, context);
  const transport = createTransport(context, (note) => {
    serverMs = note.serverMs ?? serverMs;
    budget.note(note.apiUsage);
  });
  const sessions = createSessions(config, context, transport);
  const base = `/services/data/v${config.apiVersion}`;
  const headers: Record<string, string> =
    config.pageSize >= 200 ? { 'Sforce-Query-Options': `batchSize=${config.pageSize}` } : {};
  const send = createSend({ context, sessions, base, onAnswer: (note) => budget.note(note.apiUsage) });
  const request = (what: HttpRequest, object?: string): Promise<unknown> => send.json(what, object);
  const paced = async (what: HttpRequest, object: string): Promise<unknown> => {
    await budget.pass();
    return request(what, object);
  };

  /** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm */
  const composite = async (url: string, object: string): Promise<unknown> => {
    const answer = await paced(
      {
        method: 'POST',
        url: `${base}/composite`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          compositeRequest: [{ method: 'GET', url, referenceId: 'query', httpHeaders: headers }],
        }),
      },
      object,
    );
    const part = (answer as { compositeResponse?: { body: unknown; httpStatusCode: number }[] })
      .compositeResponse?.[0];
    if (!part) throw new TransientError('Salesforce answered a composite request without its part');
    if (part.httpStatusCode < 400) return part.body;
    const { errorCode = `ERROR_HTTP_${part.httpStatusCode}`, message = '' } =
      (part.body as { errorCode?: string; message?: string }[])[0] ?? {};
    const error = Object.assign(new Error(message), { name: errorCode });
    throw sortError(error, { source: context.name, object, nowMs: context.now() });
  };
  const toAnswer = (body: unknown): QueryAnswer => {
    const { records, totalSize, nextRecordsUrl, done } = (body ?? {}) as Partial<QueryAnswer> & {
      done?: boolean;
    };
    if (!Array.isArray(records) || typeof totalSize !== 'number') {
      throw new TransientError('Salesforce answered a query with something else');
    }
    if (done === false && !nextRecordsUrl)
      throw new TransientError('Salesforce ended a result before its end');
    return { records: records as RawRecord[], totalSize, nextRecordsUrl };
  };

  return {
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
    async query(soql, { object, scanAll }) {
      const url = `${base}/${scanAll ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
      if (url.length > maxUrlLength) return toAnswer(await composite(url, object));
      try {
        return toAnswer(await paced({ method: 'GET', url, headers }, object));
      } catch (error) {
        if (!tooLong.has(salesforceCode(error) ?? '')) throw error;
        return toAnswer(await composite(url, object));
      }
    },
    queryMore: async (url, object) => toAnswer(await paced({ method: 'GET', url, headers }, object)),
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm
    async describe(object) {
      const url = `${base}/sobjects/${encodeURIComponent(object)}/describe`;
      const answer = (await request({ method: 'GET', url }, object)) as ObjectDescribe | undefined;
      if (!Array.isArray(answer?.fields)) throw new TransientError(`Salesforce did not describe ${object}`);
      return answer;
    },
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_describeGlobal.htm
    async describeGlobal() {
      const answer = (await request({ method: 'GET', url: `${base}/sobjects` })) as
        { sobjects?: ObjectSummary[] } | undefined;
      if (!Array.isArray(answer?.sobjects)) throw new TransientError('Salesforce did not list its objects');
      return answer.sobjects;
    },
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm
    async deleted(object, start, end) {
      const times = new URLSearchParams({ start, end }).toString();
      const url = `${base}/sobjects/${encodeURIComponent(object)}/deleted/?${times}`;
      const answer = (await paced({ method: 'GET', url }, object)) as DeletedAnswer | undefined;
      if (!Array.isArray(answer?.deletedRecords)) {
        throw new TransientError(`Salesforce did not list what was deleted of ${object}`);
      }
      return answer;
    },
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_limits.htm
    limits: async () => (await request({ method: 'GET', url: `${base}/limits` })) as Limits,
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_record_count.htm
    async recordCount(object) {
      const url = `${base}/limits/recordCount?sObjects=${encodeURIComponent(object)}`;
      const answer = (await request({ method: 'GET', url })) as
        { sObjects?: { name: string; count: number }[] } | undefined;
      return answer?.sObjects?.find((one) => one.name === object)?.count;
    },
    send,
    async organization() {
      const { organizationId, connection } = await sessions.current();
      return { id: organizationId, instanceUrl: connection.instanceUrl };
    },
    serverMs() {
      if (serverMs === undefined)
        throw new TransientError('Salesforce answered without its clock (header Date)');
      return serverMs;
    },
    budget,
  };
}
