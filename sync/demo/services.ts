import {
  startAzureAiSearchEmulator,
  type AzureAiSearchEmulator,
} from '../../connectors/azure-ai-search/emulator/index.ts';
import {
  startBedrockEmulator,
  type BedrockEmulator,
} from '../../connectors/bedrock-knowledge-base/emulator/index.ts';
import {
  startSalesforceEmulator,
  type SalesforceEmulator,
} from '../../connectors/salesforce/emulator/index.ts';
import { startSnowflakeEmulator, type SnowflakeEmulator } from '../../connectors/snowflake/emulator/index.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { LoopbackServer } from '../../core/testing/loopback-server.ts';
import type { Table } from '../../core/testing/table.ts';

/** What is served unless services are named. */
export const usualServices = ['salesforce', 'snowflake', 'bedrock', 'azure'] as const;
/** S3 is the bucket beside Bedrock, for its second road. */
export const serviceNames = [...usualServices, 's3'] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Ports from the first one on, when one is given: Bedrock's two services have one each. */
export const portOffsets = {
  salesforce: 0,
  snowflake: 1,
  bedrock: 2,
  bedrockRuntime: 3,
  azure: 4,
  control: 5,
  s3: 6,
};

export interface ServicesOptions {
  readonly salesforce: readonly Table[];
  readonly snowflake: readonly Table[];
  /** The usual ones when absent. */
  readonly names?: readonly ServiceName[];
  /** The first of seven ports in a row; any free ones when absent. */
  readonly port?: number | undefined;
  /** The real services' limits; on unless false. */
  readonly limits?: boolean | undefined;
  /** The clock of the sources; the machine's when absent. */
  readonly now?: () => number;
}

/** One service as a person sees it. */
export interface Service {
  readonly name: ServiceName;
  readonly title: string;
  readonly url: string;
  readonly servers: readonly LoopbackServer[];
}

/** Emulated services on loopback, each undefined when it was not asked for. */
export interface Services {
  readonly list: readonly Service[];
  /** What a process needs to reach them in place of the real ones. */
  readonly env: Readonly<Record<string, string>>;
  readonly salesforce: SalesforceEmulator | undefined;
  readonly snowflake: SnowflakeEmulator | undefined;
  readonly bedrock: BedrockEmulator | undefined;
  readonly azure: AzureAiSearchEmulator | undefined;
  close(): Promise<void>;
}

/** Links of documents lead to this address whatever port the emulator has, so that two runs make the same documents. */
const linkUrl = 'https://crm.example';

export async function startServices(options: ServicesOptions): Promise<Services> {
  const { names = usualServices, limits = true } = options;
  const opened: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
  };
  const port = (name: keyof typeof portOffsets): { port?: number } =>
    options.port === undefined ? {} : { port: options.port + portOffsets[name] };
  const start = async <Emulator extends { close(): Promise<void> }>(
    name: ServiceName,
    open: () => Promise<Emulator>,
  ): Promise<Emulator | undefined> => {
    if (!names.includes(name)) return undefined;
    const emulator = await open().catch((error: unknown) => {
      throw portError(error) ?? error;
    });
    opened.push(emulator);
    return emulator;
  };
  const clock = options.now === undefined ? {} : { now: options.now };
  try {
    const salesforce = await start('salesforce', () =>
      startSalesforceEmulator({ tables: options.salesforce, limits, ...clock, ...port('salesforce') }),
    );
    const snowflake = await start('snowflake', () =>
      startSnowflakeEmulator({ tables: options.snowflake, limits, ...clock, ...port('snowflake') }),
    );
    const runtimePort = port('bedrockRuntime').port;
    const s3Port = port('s3').port;
    const withS3 = names.includes('s3');
    const bedrock = await start(withS3 ? 's3' : 'bedrock', () =>
      startBedrockEmulator({
        limits,
        s3: withS3,
        second: true,
        ...(s3Port === undefined ? {} : { s3Port }),
        ...port('bedrock'),
        ...(runtimePort === undefined ? {} : { runtimePort }),
      }),
    );
    const azure = await start('azure', () => startAzureAiSearchEmulator({ limits, ...port('azure') }));
    const listed = [
      salesforce && service('salesforce', 'Salesforce', [salesforce.server]),
      snowflake && service('snowflake', 'Snowflake', [snowflake.server]),
      bedrock && service('bedrock', 'Amazon Bedrock', [bedrock.server, bedrock.runtimeServer]),
      bedrock?.s3 && service('s3', 'Amazon S3', [bedrock.s3.server]),
      azure && service('azure', 'Azure AI Search', [azure.server]),
    ];
    return {
      list: listed.filter((one) => one !== undefined),
      env: {
        ...(salesforce ? { ...salesforce.env, SALESFORCE_LINK_URL: linkUrl } : {}),
        ...snowflake?.env,
        ...bedrock?.env,
        ...azure?.env,
      },
      salesforce,
      snowflake,
      bedrock,
      azure,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const service = (name: ServiceName, title: string, servers: readonly LoopbackServer[]): Service => ({
  name,
  title,
  url: servers[0]?.url ?? '',
  servers,
});

/** What a person can do about a port that cannot be had; undefined for any other error. */
export function portError(error: unknown): ConfigError | undefined {
  const { code, port } = error as { code?: string; port?: number };
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'ERR_SOCKET_BAD_PORT') return undefined;
  const what = code === 'EADDRINUSE' ? 'is in use' : 'cannot be opened';
  return new ConfigError('PORT_UNAVAILABLE', `port ${port ?? ''} ${what}`.replace('  ', ' '), {
    where: '--port',
    hint: 'name another first port, or none for any free ones',
  });
}
