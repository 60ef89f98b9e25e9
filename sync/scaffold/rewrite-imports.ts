import { dirname, join, normalize, relative } from 'node:path';

/** Says where a file of the repository is imported from, from a file at another place. */
export type Resolve = (target: string) => string;

const anyImport = /(from |import\()'(\.[^']+)'/g;
const named = /^import \{([^}]*)\} from '([^']+)';\n/gm;

/** Leads the relative imports of a repository's file to where `resolve` says. `path`: from the root of the repository. */
export function rewriteImports(text: string, path: string, resolve: Resolve): string {
  const led = text.replace(anyImport, (_all, before: string, specifier: string) => {
    const target = normalize(join(dirname(path), specifier)).replaceAll('\\', '/');
    return `${before}'${resolve(target)}'`;
  });
  return uniteImports(led);
}

/** What several files of the repository gave comes from one package: its imports become one. */
function uniteImports(text: string): string {
  const names = new Map<string, string[]>();
  for (const [, list = '', specifier = ''] of text.matchAll(named)) {
    const found = list.split(',').map((name) => name.trim());
    names.set(specifier, [...(names.get(specifier) ?? []), ...found.filter((name) => name !== '')]);
  }
  const written = new Set<string>();
  return text.replace(named, (_all, _list, specifier: string) => {
    if (written.has(specifier)) return '';
    written.add(specifier);
    return `${importOf(names.get(specifier)!, specifier)}\n`;
  });
}

const lineWidth = 110;
function importOf(names: readonly string[], specifier: string): string {
  const short = `import { ${names.join(', ')} } from '${specifier}';`;
  if (short.length <= lineWidth) return short;
  return `import {\n${names.map((name) => `  ${name},\n`).join('')}} from '${specifier}';`;
}

/** `from` and `to` in one file tree; as an import says it. */
export function relativeSpecifier(from: string, to: string): string {
  const way = relative(dirname(from), to).replaceAll('\\', '/');
  return way.startsWith('.') ? way : `./${way}`;
}
