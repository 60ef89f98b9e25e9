import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
const codeRoots = ['core', 'connectors', 'sync', 'test', 'bench', 'examples'];
const textRoots = [...codeRoots, 'docs', '.ci'];

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}
export interface Import {
  /** The path in the repository for a relative import, otherwise the name of the package. */
  readonly target: string;
  readonly specifier: string;
  readonly relative: boolean;
  /** Gone once the types are stripped. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when called. */
  readonly lazy: boolean;
}

function filesBelow(folder: string, wanted: RegExp): SourceFile[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter(
      (entry) => entry.isFile() && wanted.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort()
    .map(load);
}
const load = (path: string): SourceFile => ({ path, text: readFileSync(join(root, path), 'utf8') });
const present = new Set(readdirSync(root));

/** Every TypeScript file of the product and its tests. */
export function codeFiles(): SourceFile[] {
  const below = codeRoots.filter((name) => present.has(name)).flatMap((name) => filesBelow(name, /\.ts$/));
  return present.has('index.ts') ? [...below, load('index.ts')] : below;
}

/** Every file that a person writes: code, documentation, configuration. */
export function textFiles(): SourceFile[] {
  const wanted = /\.(ts|md|ya?ml|json|sql|hbs|sh|html|css)$|^run$/;
  const atRoot = [...present].filter((name) => wanted.test(name) && name !== 'package-lock.json');
  return [
    ...textRoots.filter((name) => present.has(name)).flatMap((name) => filesBelow(name, wanted)),
    ...atRoot.map(load),
  ];
}

const statement = /^(import|export)\s+(type\s+)?([^'"`;]*?)\s*from\s*'([^']+)'/gm;
const bare = /^import\s+'([^']+)'/gm;
const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g;

/** What a file imports, by its import statements. Comments and template texts with imports in them do not count. */
export function importsOf(file: SourceFile): Import[] {
  const text = file.text.replace(/\/\*[^]*?\*\//g, '').replace(/`(?:\\.|[^`\\])*`/g, '``');
  const toImport = (specifier: string, typeOnly: boolean, lazy: boolean): Import => {
    const isRelative = specifier.startsWith('.');
    const [first, second] = specifier.split('/');
    const target = isRelative
      ? normalize(join(dirname(file.path), specifier)).replaceAll('\\', '/')
      : specifier.startsWith('@')
        ? `${first}/${second}`
        : specifier.startsWith('node:')
          ? specifier
          : first!;
    return { target, specifier, relative: isRelative, typeOnly, lazy };
  };
  const allTypes = (names: string): boolean => {
    const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
    const parts = inner?.split(',').map((part) => part.trim()).filter((part) => part !== ''); // prettier-ignore
    return parts !== undefined && parts.length > 0 && parts.every((part) => part.startsWith('type '));
  };
  return [
    ...[...text.matchAll(statement)].map(([, , type, names, specifier]) =>
      toImport(specifier!, type !== undefined || allTypes(names!), false),
    ),
    ...[...text.matchAll(bare)].map(([, specifier]) => toImport(specifier!, false, false)),
    ...[...text.matchAll(dynamic)].map(([, specifier]) => toImport(specifier!, false, true)),
  ];
}
