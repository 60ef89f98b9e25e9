import { isConfigError } from '../../core/contract/errors.ts';

/** Undefined where a person must act first: the plan says so in full. */
export async function attempt<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isConfigError(error)) return undefined;
    throw error;
  }
}
