import { ConfigError } from '../../core/contract/errors.ts';

/** One name in every form that the code of a connector needs. */
export interface ConnectorNames {
  /** `acme-crm`: type, folder and files. */
  readonly kebab: string;
  readonly camel: string;
  readonly pascal: string;
  readonly upper: string;
  readonly title: string;
}

const longest = 40;

export function connectorNames(name: string, taken: readonly string[]): ConnectorNames {
  const refuse = (message: string, hint: string): never => {
    throw new ConfigError('CONNECTOR_NAME', message, { hint });
  };
  if (taken.includes(name)) {
    refuse(`${name} is a connector that comes with Tributary`, 'give yours another name');
  }
  if (name.length > longest || !/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name)) {
    const better = name
      .normalize('NFD')
      .replace(/([a-z])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/(^|-)([0-9]+-?)+/g, '$1')
      .replace(/^-+|-+$/g, '')
      .slice(0, longest);
    const rule = `small letters and digits, words joined by hyphens and begun by a letter, at most ${longest} characters`;
    refuse(
      `“${name}” cannot name a connector: ${rule}`,
      better === '' ? 'for example acme-crm' : `${better}?`,
    );
  }
  const words = name.split('-');
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const pascal = words.map(capital).join('');
  return {
    kebab: name,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    upper: words.join('_').toUpperCase(),
    title: words.map(capital).join(' '),
  };
}

export const rename = (text: string, names: ConnectorNames): string =>
  text
    .replaceAll('example-rest', names.kebab)
    .replaceAll('exampleRest', names.camel)
    .replaceAll('ExampleRest', names.pascal)
    .replaceAll('EXAMPLE_REST', names.upper)
    .replaceAll('Example REST', names.title);
