import { errorReply, type ErrorName } from '../../connectors/bedrock-knowledge-base/emulator/replies.ts';
import {
  s3ErrorReply,
  type S3ErrorCode,
} from '../../connectors/bedrock-knowledge-base/emulator/s3/replies.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { Fault, LoopbackReply } from '../../core/testing/loopback-server.ts';
import { serviceNames, type ServiceName, type Services } from './services.ts';

/** Something that goes wrong on purpose, as it is written: `azure:503:3`. */
export interface FaultSpec {
  readonly service: ServiceName;
  /** A status from 400 to 599, or what happens to the connection. */
  readonly what: number | 'cut' | 'lost' | 'stall';
  readonly times: number;
}

const form = /^([a-z0-9]+):([45]\d\d|cut|lost|stall)(?::([1-9]\d{0,5}))?$/;

export function parseFault(text: string): FaultSpec {
  const [, service, what = '', times = '1'] = form.exec(text) ?? [];
  const found = serviceNames.find((name) => name === service);
  if (!found) {
    throw new ConfigError('FAULT_INVALID', `${text} says no fault`, {
      where: '--fault',
      hint: `write <service>:<what>:<times>, such as azure:503:3; services are ${serviceNames.join(', ')}, what is a status from 400 to 599, cut, lost or stall`,
    });
  }
  const status = Number(what);
  return {
    service: found,
    what: Number.isNaN(status) ? (what as 'cut' | 'lost' | 'stall') : status,
    times: Number(times),
  };
}

/** Switches a fault on for the next requests to a service; the function returned switches it off. */
export function switchFault({ service, what, times }: FaultSpec, services: Services): () => void {
  const found = services.list.find((one) => one.name === service);
  if (!found) {
    throw new ConfigError('FAULT_INVALID', `${service} is not emulated here`, {
      where: '--fault',
      hint: `choose from: ${services.list.map((one) => one.name).join(', ')}`,
    });
  }
  let left = times;
  const fault: Fault = {
    // The servers of one service share the count.
    when: () => left-- > 0,
    effect:
      typeof what === 'number'
        ? { kind: 'reply', reply: replyOf[service](what) }
        : { kind: ({ cut: 'cut-before', lost: 'cut-after', stall: 'stall' } as const)[what] },
  };
  const off = found.servers.map((server) => server.fault(fault));
  return () => off.forEach((end) => end());
}

const message = 'This answer was asked for with --fault.';

const bedrockErrors: Readonly<Record<number, ErrorName>> = {
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  409: 'ConflictException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};
const salesforceErrors: Readonly<Record<number, string>> = {
  401: 'INVALID_SESSION_ID',
  403: 'REQUEST_LIMIT_EXCEEDED',
  404: 'NOT_FOUND',
  503: 'SERVER_UNAVAILABLE',
};

const s3Errors: Readonly<Record<number, S3ErrorCode>> = {
  403: 'AccessDenied',
  404: 'NoSuchBucket',
  503: 'SlowDown',
};

/** Each service says an error in its own way. */
const replyOf: Readonly<Record<ServiceName, (status: number) => LoopbackReply>> = {
  salesforce: (status) => ({
    status,
    body: [{ message, errorCode: salesforceErrors[status] ?? 'UNKNOWN_EXCEPTION' }],
  }),
  snowflake: (status) => ({ status, body: message }),
  bedrock: (status) => ({
    ...errorReply(
      bedrockErrors[status] ?? (status < 500 ? 'ValidationException' : 'InternalServerException'),
      message,
    ),
    status,
  }),
  azure: (status) => ({ status, body: { error: { code: '', message } } }),
  s3: (status) => ({ ...s3ErrorReply(s3Errors[status] ?? 'InternalError', message), status }),
};
