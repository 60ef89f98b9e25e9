import { fetchAgain } from './fetch-again.ts';
import { randomUUID } from 'node:crypto';

/** A row as text, in the order of the columns. */
export type TextRow = readonly (string | null)[];

export interface SnowflakeSession {
  readonly url: string;
  readonly token: string;
}

interface Answer {
  readonly data: {
    readonly token?: string;
    readonly rowset?: TextRow[];
    readonly chunks?: readonly { readonly url: string }[];
    readonly chunkHeaders?: Readonly<Record<string, string>>;
  } | null;
  readonly message: string | null;
}

/** The REST protocol of the drivers, with a programmatic access token. */
export async function logIn(env: Readonly<Record<string, string | undefined>>): Promise<SnowflakeSession> {
  const url = env['SNOWFLAKE_ACCESS_URL']!;
  const query = new URLSearchParams({
    requestId: randomUUID(),
    roleName: env['SNOWFLAKE_ROLE']!,
    warehouse: env['SNOWFLAKE_WAREHOUSE']!,
    databaseName: env['SNOWFLAKE_DATABASE']!,
    schemaName: 'MART',
  });
  const { data, message } = await post(`${url}/session/v1/login-request?${query}`, undefined, {
    data: {
      ACCOUNT_NAME: env['SNOWFLAKE_ACCOUNT'],
      LOGIN_NAME: env['SNOWFLAKE_USER'],
      AUTHENTICATOR: 'PROGRAMMATIC_ACCESS_TOKEN',
      TOKEN: env['SNOWFLAKE_TOKEN'],
    },
  });
  if (!data?.token) throw new Error(`Snowflake refused the log-in: ${message}`);
  return { url, token: data.token };
}

/** Every request that a statement takes, so that they can be made again without looking at the answers. */
export type OnRequest = (url: string, init: RequestInit) => void;

/** The rows of one statement: those in the answer itself, then chunk by chunk. */
export async function* query(
  session: SnowflakeSession,
  sqlText: string,
  onRequest: OnRequest = () => undefined,
): AsyncGenerator<readonly TextRow[]> {
  const ids = new URLSearchParams({ requestId: randomUUID(), request_guid: randomUUID() });
  const url = `${session.url}/queries/v1/query-request?${ids}`;
  const body = { sqlText, asyncExec: false, sequenceId: 1, parameters: { TIMEZONE: 'UTC' } };
  onRequest(url, initOf(session, body));
  const { data, message } = await post(url, session, body);
  if (!data?.rowset) throw new Error(`Snowflake refused a statement: ${message}`);
  yield data.rowset;
  for (const chunk of data.chunks ?? []) {
    const init = { headers: { ...data.chunkHeaders } };
    onRequest(chunk.url, init);
    const answer = await fetchAgain(chunk.url, init);
    yield JSON.parse(`[${await answer.text()}]`) as TextRow[];
  }
}

const initOf = (session: SnowflakeSession | undefined, body: unknown): RequestInit => ({
  method: 'POST',
  headers: {
    accept: 'application/snowflake',
    'content-type': 'application/json',
    ...(session ? { authorization: `Snowflake Token="${session.token}"` } : {}),
  },
  body: JSON.stringify(body),
});

async function post(url: string, session: SnowflakeSession | undefined, body: unknown): Promise<Answer> {
  const answer = await fetchAgain(url, initOf(session, body));
  return (await answer.json()) as Answer;
}

const instant = (column: string): string =>
  `TO_VARCHAR(CONVERT_TIMEZONE('UTC', "${column}"), 'YYYY-MM-DD"T"HH24:MI:SS.FF9"Z"')`;

/** Statement, columns and key of each table of the demo company. */
export const tables: Readonly<
  Record<
    string,
    { readonly sql: string; readonly columns: readonly string[]; readonly key: readonly string[] }
  >
> = {
  'snowflake.usage': {
    columns: ['ACCOUNT_ID', 'MONTH', 'UPDATED_AT', 'ACTIVE_USERS', 'API_CALLS', 'STORAGE_GB'],
    key: ['ACCOUNT_ID', 'MONTH'],
    sql: `SELECT "ACCOUNT_ID", TO_VARCHAR("MONTH", 'YYYY-MM-DD'), ${instant('UPDATED_AT')}, TO_VARCHAR("ACTIVE_USERS"), TO_VARCHAR("API_CALLS"), TO_VARCHAR("STORAGE_GB") FROM "ANALYTICS"."MART"."PRODUCT_USAGE" ORDER BY "UPDATED_AT", "ACCOUNT_ID", "MONTH" LIMIT 1000000`,
  },
  'snowflake.invoices': {
    columns: ['INVOICE_ID', 'UPDATED_AT', 'ACCOUNT_ID', 'AMOUNT', 'CURRENCY', 'ISSUED_ON', 'STATUS'],
    key: ['INVOICE_ID'],
    sql: `SELECT "INVOICE_ID", ${instant('UPDATED_AT')}, "ACCOUNT_ID", TO_VARCHAR("AMOUNT"), "CURRENCY", TO_VARCHAR("ISSUED_ON", 'YYYY-MM-DD'), "STATUS" FROM "ANALYTICS"."MART"."INVOICES" ORDER BY "UPDATED_AT", "INVOICE_ID" LIMIT 1000000`,
  },
};
