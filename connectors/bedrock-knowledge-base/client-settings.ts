import type { BedrockConfig } from './config.ts';

/** What all clients of the SDK share: one request for each call, since retrying is decided here and not there. */
export function clientSettings(config: BedrockConfig) {
  const { accessKeyId, secretAccessKey, sessionToken } = config.credentials ?? {};
  return {
    region: config.region,
    maxAttempts: 1,
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
  };
}

/** Of a client over HTTP/1.1: without `throwOnRequestTimeout` the SDK only warns, and a silent host is waited for without end. */
export function timeouts(config: BedrockConfig) {
  return {
    requestHandler: {
      connectionTimeout: 10_000,
      requestTimeout: config.requestTimeout,
      throwOnRequestTimeout: true,
    },
  };
}

/** For every client of `bedrock-agent`. */
export function agentSettings(config: BedrockConfig) {
  return {
    ...clientSettings(config),
    ...timeouts(config),
    ...(config.endpoint === undefined ? {} : { endpoint: config.endpoint }),
  };
}
