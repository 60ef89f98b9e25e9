import { parseConfig } from '../../../core/config/load-config.ts';
import { isInvalidConfig } from '../../../core/config/problems.ts';
import { environment, registry, valid } from './registry.ts';

/** The lines that a person sees, without the file's name. */
export async function problemsOf(
  text: string,
  env: Readonly<Record<string, string | undefined>> = environment,
): Promise<readonly string[]> {
  try {
    await parseConfig(text, registry, { env });
    return [];
  } catch (error) {
    if (!isInvalidConfig(error)) throw error;
    return error.message.split('\n').map((line) => line.replace('connectors.config.yaml:', ''));
  }
}

/** The valid configuration with pieces of it replaced; a piece that is not there is a mistake of the test. */
export const changed = (...replacements: readonly (readonly [string, string])[]): string =>
  replacements.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the example does not hold ${from}`);
    return text.replace(from, () => to);
  }, valid);
