import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { ConfigError } from '../../core/contract/errors.ts';

const firstLine = '# Written by tributary emulate; gone when it ends.';

/** Writes variables as a `.env` file that only its owner can read. A file of somebody else's is left alone. */
export async function writeEnvFile(path: string, env: Readonly<Record<string, string>>): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found !== undefined && !found.startsWith(firstLine)) {
    throw new ConfigError('FILE_EXISTS', `${path} exists and was not written by tributary emulate`, {
      where: '--dotenv',
      hint: 'choose another file, or move that one away',
    });
  }
  const lines = Object.entries(env).map(([name, value]) => `${name}=${quoteForDotenv(value)}`);
  await writeFile(path, `${[firstLine, ...lines].join('\n')}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}

export async function removeEnvFile(path: string): Promise<void> {
  const found = await readFile(path, 'utf8').catch(() => '');
  if (found.startsWith(firstLine)) await rm(path, { force: true });
}

/** Double quotes, in which dotenv turns `\n` into a line break. */
const quoteForDotenv = (value: string): string =>
  /^[\w./:@-]+$/.test(value) ? value : `"${value.replaceAll('\n', '\\n')}"`;

/** A line that a POSIX shell understands, whatever the value holds. */
export const exportLine = (name: string, value: string): string =>
  `export ${name}='${value.replaceAll("'", "'\\''")}'`;
