import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { snowflakeConfig } from '../../../connectors/snowflake/config.ts';
import type { Bench } from './bench.ts';
import { openBench, settingsFor, usage, usageTable } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench([usageTable([{ id: 1, minutesAgo: 5 }])]);
});
afterEach(() => bench.close());

describe('logging in to Snowflake', () => {
  test('a key pair and a programmatic access token both work', async () => {
    const { env } = bench.emulator;
    for (const auth of [{ privateKey: env['SNOWFLAKE_PRIVATE_KEY'] }, { token: env['SNOWFLAKE_TOKEN'] }]) {
      const source = await bench.connect({ auth });
      expect(await source.identity()).toEqual({ instance: 'TRIBUTARY_DEMO/SALES' });
    }
  });

  test('an encrypted private key opens with its passphrase', async () => {
    const plain = bench.emulator.env['SNOWFLAKE_PRIVATE_KEY']!;
    const privateKey = createPrivateKey(plain).export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'open sesame',
    });
    const source = await bench.connect({ auth: { privateKey, privateKeyPass: 'open sesame' } });
    expect(await source.identity()).toEqual({ instance: 'TRIBUTARY_DEMO/SALES' });
    const closed = await bench.connect({ auth: { privateKey, privateKeyPass: 'wrong' } });
    await expect(closed.identity()).rejects.toMatchObject({ code: 'SNOWFLAKE_PRIVATE_KEY' });
  });

  test('OAuth works with a client of its own, and with a token from elsewhere until that expires', async () => {
    const { env } = bench.emulator;
    const client = {
      clientId: env['SNOWFLAKE_OAUTH_CLIENT_ID'],
      clientSecret: env['SNOWFLAKE_OAUTH_CLIENT_SECRET'],
      tokenUrl: env['SNOWFLAKE_OAUTH_TOKEN_URL'],
    };
    const source = await bench.connect({ auth: client });
    expect(await source.identity()).toEqual({ instance: 'TRIBUTARY_DEMO/SALES' });
    const answer = await fetch(env['SNOWFLAKE_OAUTH_TOKEN_URL']!, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.clientId!,
        client_secret: client.clientSecret!,
        scope: `session:role:${env['SNOWFLAKE_ROLE']}`,
      }),
    });
    const { access_token: accessToken } = (await answer.json()) as { access_token: string };
    expect(await (await bench.connect({ auth: { accessToken } })).identity()).toBeDefined();
    bench.clock.advance(601_000);
    const late = await bench.connect({ auth: { accessToken } });
    await expect(late.identity()).rejects.toMatchObject({ code: 'SNOWFLAKE_LOGIN' });
  });

  test('an OAuth client that is refused, or asks for another role, is told without its secret', async () => {
    const { env } = bench.emulator;
    const client = {
      clientId: env['SNOWFLAKE_OAUTH_CLIENT_ID'],
      clientSecret: env['SNOWFLAKE_OAUTH_CLIENT_SECRET'],
      tokenUrl: env['SNOWFLAKE_OAUTH_TOKEN_URL'],
    };
    for (const wrong of [{ clientSecret: 'not-the-secret' }, { scope: 'session:role:ACCOUNTADMIN' }]) {
      const source = await bench.connect({ auth: { ...client, ...wrong } });
      const error = await source.identity().catch((thrown: unknown) => thrown as Error);
      expect(error).toMatchObject({ name: 'ConfigError', code: 'SNOWFLAKE_LOGIN' });
      expect(String(error)).not.toMatch(/not-the-secret/);
    }
  });

  test.each([
    ['another key', { auth: { privateKey: newKey() } }, 'SNOWFLAKE_LOGIN'],
    ['another token', { auth: { token: 'not-the-token' } }, 'SNOWFLAKE_LOGIN'],
    ['an unknown OAuth token', { auth: { accessToken: 'not-the-token' } }, 'SNOWFLAKE_LOGIN'],
    ['another user', { user: 'NOBODY' }, 'SNOWFLAKE_LOGIN'],
    ['a role that the user does not have', { role: 'ACCOUNTADMIN' }, 'SNOWFLAKE_ROLE'],
    ['a key that is no PEM text', { auth: { privateKey: 'secret-but-no-key' } }, 'SNOWFLAKE_PRIVATE_KEY'],
    ['an unknown warehouse', { warehouse: 'NO_SUCH_WH' }, 'SNOWFLAKE_WAREHOUSE'],
    ['an unknown database', { database: 'NO_SUCH_DB' }, 'SNOWFLAKE_DATABASE'],
  ])(
    '%s is an error that a person can act on, at once and without the secret',
    async (_what, settings, code) => {
      const source = await bench.connect(settings);
      const error = await source
        .check([usage])
        .catch((thrown: unknown) => thrown as Error & { hint?: string });
      expect(error).toMatchObject({ name: 'ConfigError', code });
      expect(error!.hint).toBeTruthy();
      expect(`${error!.message} ${error!.hint}`).not.toMatch(/not-the-token|secret-but-no-key|BEGIN/);
    },
  );

  test('an address without an account is told apart from a network that is down', async () => {
    bench.emulator.server.fault({
      when: (request) => request.path.includes('login-request'),
      effect: { kind: 'reply', reply: { status: 404, body: 'Not Found' } },
    });
    const source = await bench.connect();
    await expect(source.identity()).rejects.toMatchObject({ code: 'SNOWFLAKE_ACCOUNT' });
  });

  test('a second account in one process is refused before anything is sent', async () => {
    await (await bench.connect()).identity();
    const before = bench.emulator.server.requests.length;
    const other = await bench.connect({ account: 'another_account' });
    await expect(other.identity()).rejects.toMatchObject({ code: 'SNOWFLAKE_SECOND_ACCOUNT' });
    expect(bench.emulator.server.requests.length).toBe(before);
  });

  test('plain http is refused for any host but this machine', () => {
    const settings = {
      ...settingsFor(bench.emulator),
      lookback: '10m',
      lag: '60s',
      statementTimeout: '15m',
      idleTimeout: '5m',
    };
    for (const accessUrl of ['http://acme.snowflakecomputing.com', 'http://127.0.0.1.example.com'])
      expect(snowflakeConfig.safeParse({ ...settings, accessUrl }).success).toBe(false);
    expect(
      snowflakeConfig.safeParse({ ...settings, accessUrl: 'https://acme.snowflakecomputing.com' }).success,
    ).toBe(true);
  });
});

function newKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    format: 'pem',
    type: 'pkcs8',
  }) as string;
}
