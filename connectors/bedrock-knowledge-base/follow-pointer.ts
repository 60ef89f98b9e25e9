import type { Context } from '../../core/contract/context.ts';
import type { Ask } from './ask.ts';
import type { BedrockConfig } from './config.ts';
import { createPointer } from './pointer.ts';

/** Who asks through Tributary follows a cut-over within this time. */
export const followMs = 10_000;

/** The knowledge base that agents are led to, read again from time to time; the last one known while it cannot be read. */
export function followPointer(
  config: BedrockConfig,
  ask: Ask,
  { now, log }: Pick<Context, 'now' | 'log'>,
): { current(): Promise<string>; close(): void } {
  if (config.slots.length === 0) return { current: async () => config.knowledgeBaseId, close: () => {} };
  const pointer = createPointer(config, ask);
  let known: string | undefined;
  let readAt = -Infinity;
  /** Questions that come meanwhile wait for the read that is under way. */
  let reading: Promise<string> | undefined;
  const read = async (): Promise<string> => {
    try {
      known = await pointer.read();
    } catch (error) {
      if (known === undefined) throw error;
      log.warn('It could not be read which knowledge base agents are led to; the last one known is asked.');
    }
    readAt = now();
    return known;
  };
  return {
    async current() {
      if (known !== undefined && now() - readAt < followMs) return known;
      reading ??= read().finally(() => (reading = undefined));
      return reading;
    },
    close: pointer.close,
  };
}
