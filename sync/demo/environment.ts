/** Looked at by the AWS SDK before the credentials of the environment. */
const hiding = ['AWS_PROFILE', 'AWS_SESSION_TOKEN'];
const lent = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
const loopback = '127.0.0.1,localhost';

/**
 * The AWS SDK finds credentials in the process alone, and other SDKs their proxies: lends the process those of the
 * emulators and keeps loopback away from proxies. The function returned puts everything back.
 */
export function lendEnvironment(env: Readonly<Record<string, string>>): () => void {
  const names = [...hiding, ...lent, 'NO_PROXY', 'no_proxy'];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of hiding) delete process.env[name];
  for (const name of lent) if (env[name] !== undefined) process.env[name] = env[name];
  const spared = process.env['NO_PROXY'] ?? process.env['no_proxy'];
  for (const name of ['NO_PROXY', 'no_proxy'])
    process.env[name] = spared ? `${spared},${loopback}` : loopback;
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}
