import type { Context } from '../../core/contract/context.ts';
import { isConfigError, TransientError } from '../../core/contract/errors.ts';
import { retry } from '../../core/http/retry.ts';
import { asException, sortError } from './errors.ts';

/** The call, tried again while the service is busy; throws what a person or the engine must act on. */
export type Ask = <T>(call: () => Promise<T>) => Promise<T>;

const attempts = 4;

export const createAsk =
  (context: Context): Ask =>
  (call) =>
    retry(
      async () => {
        if (context.signal.aborted) throw new TransientError('The run is stopping.');
        try {
          return await call();
        } catch (error) {
          if (isConfigError(error)) throw error;
          throw asException(sortError(error, context.now()), `destinations.${context.name}`, error);
        }
      },
      { attempts, sleep: context.sleep },
    );
