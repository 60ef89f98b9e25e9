import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { SnowflakeEmulator } from '../../../connectors/snowflake/emulator/index.ts';

export interface SqlAnswer {
  readonly success: boolean;
  readonly code: string | null;
  readonly message: string | null;
  readonly data: {
    readonly rowset: (string | null)[][];
    readonly rowtype: readonly { name: string; type: string; scale: number | null }[];
  };
}
export interface SqlSession {
  ask(sqlText: string, more?: Readonly<Record<string, unknown>>): Promise<SqlAnswer>;
  get(path: string): Promise<unknown>;
  rows(sqlText: string): Promise<(string | null)[][]>;
}

/** Speaks SQL to an emulated account over its protocol, without the driver. */
export async function createSqlSession(emulator: SnowflakeEmulator): Promise<SqlSession> {
  const post = async (path: string, body: unknown, authorization?: string): Promise<unknown> => {
    const response = await fetch(
      `${emulator.url}${path}requestId=${randomUUID()}&request_guid=${randomUUID()}`,
      {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
      },
    );
    return response.json();
  };
  const { env } = emulator;
  const place = new URLSearchParams({
    warehouse: env['SNOWFLAKE_WAREHOUSE']!,
    databaseName: env['SNOWFLAKE_DATABASE']!,
    schemaName: env['SNOWFLAKE_SCHEMA']!,
  });
  const login = (await post(`/session/v1/login-request?${place}&`, {
    data: {
      ACCOUNT_NAME: env['SNOWFLAKE_ACCOUNT'],
      AUTHENTICATOR: 'PROGRAMMATIC_ACCESS_TOKEN',
      TOKEN: env['SNOWFLAKE_TOKEN'],
    },
  })) as { data: { token: string } };
  const ask: SqlSession['ask'] = async (sqlText, more = {}) =>
    (await post(
      '/queries/v1/query-request?',
      { sqlText, parameters: { TIMEZONE: 'UTC' }, ...more },
      `Snowflake Token="${login.data.token}"`,
    )) as SqlAnswer;
  return {
    ask,
    async get(path) {
      const authorization = `Snowflake Token="${login.data.token}"`;
      return (await fetch(`${emulator.url}${path}`, { headers: { authorization } })).json();
    },
    async rows(sqlText) {
      const answer = await ask(sqlText);
      expect(answer.message).toBeNull();
      return answer.data.rowset;
    },
  };
}
