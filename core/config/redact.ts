import type { Json } from '../contract/json.ts';
import type { Config } from './config.ts';
import { isSection } from './path.ts';
import { walkSchema } from './walk-schema.ts';

const mask = '[secret]';
const remembered = new WeakMap<Config, ReadonlySet<string>>();

/** Notes the secrets of a configuration, so that `redact` finds them wherever a connector's schema has put them. */
export function rememberSecrets(config: Config, secrets: ReadonlySet<string>): void {
  remembered.set(config, secrets);
}

/** Every secret value of a configuration: what a log must mask. */
export function secretsOf(config: Config): readonly string[] {
  const secrets = new Set(remembered.get(config));
  const note = {
    secret: (_path: unknown, value: unknown) => void (typeof value === 'string' && secrets.add(value)),
  };
  for (const { connector, settings, streams } of Object.values(config.sources)) {
    walkSchema(connector.config, settings, note);
    for (const { options } of Object.values(streams)) walkSchema(connector.stream, options, note);
  }
  for (const { connector, settings } of Object.values(config.destinations)) {
    walkSchema(connector.config, settings, note);
  }
  return [...secrets];
}

/** The configuration as plain JSON, fit for logs and screens: every secret is masked, also inside longer texts. */
export function redact(config: Config): Json {
  const secrets = new Set(secretsOf(config));
  const hide = (text: string): string => {
    if (secrets.has(text)) return mask;
    return [...secrets].reduce((left, one) => (one.length < 4 ? left : left.replaceAll(one, mask)), text);
  };
  const plain = (value: unknown): Json => {
    if (typeof value === 'string') return hide(value);
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map(plain);
    if (!isSection(value) || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) return mask;
    const entries = Object.entries(value).filter(
      ([, item]) => item !== undefined && typeof item !== 'function',
    );
    return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  };
  const connected = (entries: Config['sources'] | Config['destinations']) =>
    Object.entries(entries).map(([name, { connector, ...own }]) => [name, { type: connector.type, ...own }]);
  return plain({
    ...config,
    sources: Object.fromEntries(connected(config.sources)),
    destinations: Object.fromEntries(connected(config.destinations)),
  });
}
