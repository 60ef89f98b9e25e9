import { fetchAgain } from './fetch-again.ts';
/** A row of an answer, as it came. */
export type Row = Readonly<Record<string, unknown>>;

export interface SalesforceSession {
  readonly url: string;
  readonly token: string;
}

const version = '/services/data/v62.0';
const pageSize = 2000;

/** https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm */
export async function logIn(env: Readonly<Record<string, string | undefined>>): Promise<SalesforceSession> {
  const answer = await fetchAgain(`${env['SALESFORCE_LOGIN_URL']}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env['SALESFORCE_CLIENT_ID']!,
      client_secret: env['SALESFORCE_CLIENT_SECRET']!,
    }),
  });
  const { instance_url, access_token } = (await answer.json()) as Record<string, string>;
  return { url: instance_url!, token: access_token! };
}

export const headersOf = ({ token }: SalesforceSession): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  'sforce-query-options': `batchSize=${pageSize}`,
});

/** Where a page is asked for; told before each request. */
export type OnPage = (url: string) => void;

/** All rows of an object, page by page in the order of stamp and id. https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm */
export async function* readObject(
  session: SalesforceSession,
  object: string,
  fields: readonly string[],
  onPage: OnPage = () => undefined,
): AsyncGenerator<readonly Row[]> {
  const upper = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000).toISOString();
  const selected = [...new Set(['Id', ...fields, 'SystemModstamp'])].join(', ');
  let after = '';
  for (;;) {
    const soql = `SELECT ${selected} FROM ${object} WHERE SystemModstamp < ${upper}${after} ORDER BY SystemModstamp ASC, Id ASC LIMIT ${pageSize}`;
    const url = `${session.url}${version}/query?q=${encodeURIComponent(soql)}`;
    onPage(url);
    const answer = await fetchAgain(url, { headers: headersOf(session) });
    const { records } = (await answer.json()) as { records?: Row[] };
    if (!records) throw new Error(`Salesforce answered ${answer.status} for ${object}`);
    yield records;
    const last = records.at(-1);
    if (!last || records.length < pageSize) return;
    const stamp = String(last['SystemModstamp']).replace('+0000', 'Z');
    after = ` AND SystemModstamp >= ${stamp} AND (SystemModstamp > ${stamp} OR Id > '${String(last['Id'])}')`;
  }
}
