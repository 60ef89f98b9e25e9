import type { BedrockConfig } from './config.ts';

/** What both clients of the SDK share: one request for each call, since retrying is decided here and not there. */
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
