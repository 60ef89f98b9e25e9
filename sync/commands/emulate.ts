import { resolve } from 'node:path';
import { ConfigError } from '../../core/contract/errors.ts';
import { formatMany } from '../../core/observe/format.ts';
import { createPalette, wantsColor } from '../../core/observe/palette.ts';
import { createSourceClock } from '../demo/clock.ts';
import { startControl, type Control } from '../demo/control.ts';
import { exportLine, removeEnvFile, writeEnvFile } from '../demo/env-file.ts';
import { parseFault, switchFault } from '../demo/faults.ts';
import { countRows, readInput, type Input } from '../demo/input.ts';
import {
  portOffsets,
  serviceNames,
  usualServices,
  startServices,
  type ServiceName,
  type Services,
} from '../demo/services.ts';
import { exitCodes } from './exit-codes.ts';
import { writeJson, writeText, type CliIo, type GlobalOptions } from './io.ts';

export interface EmulateOptions extends GlobalOptions {
  readonly services: readonly string[];
  readonly data?: string;
  readonly scale?: number;
  readonly seed?: number;
  readonly port?: number;
  readonly limits?: boolean;
  readonly fault?: readonly string[];
  /** Not `env-file`: Node takes that one for its own, wherever it stands. */
  readonly dotenv?: string;
}

/** Serves emulated services in the foreground, to develop against, until the command is stopped. */
export async function runEmulate(options: EmulateOptions, io: CliIo): Promise<number> {
  const names = toServiceNames(options.services);
  const faults = (options.fault ?? []).map(parseFault);
  const input = await readInput({ ...options, cwd: io.cwd });
  const clock = createSourceClock();
  const services = await startServices({
    ...input,
    now: clock.now,
    names,
    limits: options.limits,
    port: options.port,
  });
  const dotenv = options.dotenv === undefined ? undefined : resolve(io.cwd, options.dotenv);
  let control: Control | undefined;
  try {
    for (const fault of faults) switchFault(fault, services);
    control = await startControl({
      services,
      clock,
      company: input.company,
      port: options.port === undefined ? undefined : options.port + portOffsets.control,
      say: (line) => void io.stderr.write(`${line}\n`),
    });
    if (dotenv !== undefined) await writeEnvFile(dotenv, services.env);
    const urls = Object.fromEntries(services.list.map(({ name, url }) => [name, url]));
    if (options.json) writeJson(io, { services: urls, control: control.url, env: services.env });
    else writeText(io, renderEnvironment(services, input, control.url, options, io));
    await stopped(io.signal);
    return exitCodes.ok;
  } finally {
    if (dotenv !== undefined) await removeEnvFile(dotenv);
    await control?.close();
    await services.close();
  }
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolveStopped) => {
    if (signal.aborted) resolveStopped();
    else signal.addEventListener('abort', () => resolveStopped(), { once: true });
  });

function toServiceNames(given: readonly string[]): readonly ServiceName[] {
  if (given.length === 0) return usualServices;
  return given.map((one) => {
    const found = serviceNames.find((name) => name === one);
    if (found) return found;
    throw new ConfigError('SERVICE_UNKNOWN', `there is no emulator named ${one}`, {
      hint: `choose from: ${serviceNames.join(', ')}`,
    });
  });
}

/** All of it can be pasted into a shell, or be read by one: what is no command is a comment. */
function renderEnvironment(
  services: Services,
  { company, salesforce, snowflake }: Input,
  controlUrl: string,
  options: EmulateOptions,
  io: CliIo,
): string {
  const { dim } = createPalette(wantsColor(io.stdout, io.env));
  const limits = options.limits === false ? 'without' : 'with';
  const rows = formatMany(countRows([...salesforce, ...snowflake]), 'row');
  const data = company ? `an invented company (${rows})` : `${rows} of ${options.data}`;
  const comments = [
    `Emulated on this machine, ${limits} the limits of the real services: ${data}. Ctrl-C ends it.`,
    ...services.list.map(({ title, url }) => `  ${title.padEnd(16)} ${url}`),
    ...(options.fault ?? []).map((fault) => `  going wrong on purpose: ${fault}`),
    '',
    ...(company ? ['Four things happen in the sources:'] : ['Change a source (a list of changes as JSON):']),
    `  curl -X POST ${controlUrl}/changes${company ? '' : ` -d '[{"source":"salesforce","table":"Account","action":"delete","key":"…"}]'`}`,
    'Something goes wrong (a status, cut, lost or stall), and all is well again:',
    `  curl -X POST ${controlUrl}/faults -d '["${services.list.at(-1)?.name}:503:3"]'`,
    `  curl -X DELETE ${controlUrl}/faults`,
    '',
    ...(options.dotenv === undefined ? [] : [`The environment also stands in ${options.dotenv}.`]),
    'Paste this into the shell in which you run tributary:',
  ];
  const lines = Object.entries(services.env).map(([name, value]) => exportLine(name, value));
  const unset = services.bedrock ? ['unset AWS_PROFILE AWS_SESSION_TOKEN'] : [];
  return [...comments.map((line) => dim(`# ${line}`.trimEnd())), ...unset, ...lines].join('\n');
}
