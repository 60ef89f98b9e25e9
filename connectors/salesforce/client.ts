import type { HttpRequest } from 'jsforce/lib/types/common.js';
import type { Context } from '../../core/contract/context.ts';
import { ConfigError, TransientError } from '../../core/contract/errors.ts';
import type { SalesforceConfig } from './config.ts';
import { salesforceCode, sortError } from './errors.ts';
import { createSessions } from './session.ts';
import { createTransport, type AnswerNote } from './transport.ts';

export type RawRecord = Readonly<Record<string, unknown>>;
export interface QueryAnswer {
  readonly records: readonly RawRecord[];
  readonly totalSize: number;
  readonly nextRecordsUrl: string | undefined;
}
export interface FieldDescribe {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly inlineHelpText: string | null;
  readonly nillable: boolean;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly calculated: boolean;
  readonly referenceTo: readonly string[] | null;
  readonly picklistValues:
    readonly { readonly value: string; readonly label: string | null; readonly active: boolean }[] | null;
}
export interface ObjectSummary {
  readonly name: string;
  readonly label: string;
  readonly queryable: boolean;
  readonly deprecatedAndHidden: boolean;
  readonly customSetting: boolean;
}
export interface ObjectDescribe extends ObjectSummary {
  readonly fields: readonly FieldDescribe[];
}

/** The REST API as this connector uses it. Errors are sorted; an expired session is renewed unseen. */
export interface SalesforceClient {
  /** One request: the first batch of the result. `object` names the stream in errors. */
  query(soql: string, options: { readonly object: string; readonly scanAll: boolean }): Promise<QueryAnswer>;
  queryMore(nextRecordsUrl: string, object: string): Promise<QueryAnswer>;
  describe(object: string): Promise<ObjectDescribe>;
  describeGlobal(): Promise<readonly ObjectSummary[]>;
  /** The organisation behind the credentials and the address of its instance. */
  organization(): Promise<{ readonly id: string; readonly instanceUrl: string }>;
  /** The clock of Salesforce when it last answered: never ahead of the next request. */
  serverMs(): number;
  apiUsage(): AnswerNote['apiUsage'];
}

/** Salesforce refuses a longer address with 431 or 414, at 16,384 bytes with headers. */
const maxUrlLength = 8000;
const maxRenewals = 2;

export function createClient(config: SalesforceConfig, context: Context): SalesforceClient {
  let serverMs: number | undefined;
  let apiUsage: AnswerNote['apiUsage'];
  let warned = false;
  const transport = createTransport(context, (note) => {
    serverMs = note.serverMs ?? serverMs;
    apiUsage = note.apiUsage ?? apiUsage;
    if (!warned && apiUsage && apiUsage.used >= apiUsage.limit * 0.8) {
      warned = true;
      context.log.warn('The Salesforce org has used most of its daily API requests', { ...apiUsage });
    }
  });
  const sessions = createSessions(config, context, transport);
  const base = `/services/data/v${config.apiVersion}`;
  const headers: Record<string, string> =
    config.pageSize >= 200 ? { 'Sforce-Query-Options': `batchSize=${config.pageSize}` } : {};

  const request = async (what: HttpRequest, object?: string): Promise<unknown> => {
    let session = await sessions.current();
    for (let renewals = 0; ; renewals++) {
      try {
        return await session.connection.request({ ...what, headers: { ...what.headers } });
      } catch (error) {
        if (salesforceCode(error) !== 'INVALID_SESSION_ID') throw sortError(error, context.name, object);
        if (renewals === maxRenewals) {
          throw new ConfigError(
            'SALESFORCE_SESSION_REFUSED',
            'Salesforce gives sessions and refuses them at once',
            {
              where: `sources.${context.name}.auth`,
              hint: "Check the integration user's login hours, IP restrictions and API access",
              cause: error,
            },
          );
        }
        session = await sessions.renew(session);
      }
    }
  };
  /** https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_composite.htm */
  const composite = async (url: string, object: string): Promise<unknown> => {
    const answer = await request({
      method: 'POST',
      url: `${base}/composite`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        compositeRequest: [{ method: 'GET', url, referenceId: 'query', httpHeaders: headers }],
      }),
    });
    const part = (answer as { compositeResponse?: { body: unknown; httpStatusCode: number }[] })
      .compositeResponse?.[0];
    if (!part) throw new TransientError('Salesforce answered a composite request without its part');
    if (part.httpStatusCode < 400) return part.body;
    const { errorCode = `ERROR_HTTP_${part.httpStatusCode}`, message = '' } =
      (part.body as { errorCode?: string; message?: string }[])[0] ?? {};
    throw sortError(Object.assign(new Error(message), { name: errorCode }), context.name, object);
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
    return { records, totalSize, nextRecordsUrl };
  };

  return {
    // https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
    async query(soql, { object, scanAll }) {
      const url = `${base}/${scanAll ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`;
      if (url.length > maxUrlLength) return toAnswer(await composite(url, object));
      return toAnswer(await request({ method: 'GET', url, headers }, object));
    },
    queryMore: async (url, object) => toAnswer(await request({ method: 'GET', url, headers }, object)),
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
    async organization() {
      const { organizationId, connection } = await sessions.current();
      return { id: organizationId, instanceUrl: connection.instanceUrl };
    },
    serverMs() {
      if (serverMs === undefined)
        throw new TransientError('Salesforce answered without its clock (header Date)');
      return serverMs;
    },
    apiUsage: () => apiUsage,
  };
}
