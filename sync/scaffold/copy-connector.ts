import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ConfigError } from '../../core/contract/errors.ts';
import { rename, type ConnectorNames } from './names.ts';
import { relativeSpecifier, rewriteImports } from './rewrite-imports.ts';
import { packageRoot, readTemplate } from './template.ts';

export interface ConnectorCopy {
  /** Absolute. */
  readonly folder: string;
  /** In a clone of Tributary it lies among the other connectors, its test among theirs. */
  readonly amongOthers: boolean;
  /** Of Tributary itself, in a clone: `npm pack` makes its package. */
  readonly clone: string | undefined;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** The example connector under another name, ready to be written. `folder`: where the person wants it, absolute. */
export function copyConnector(
  names: ConnectorNames,
  folder: string | undefined,
  workingFolder: string,
): ConnectorCopy {
  const root = packageRoot();
  const isClone = existsSync(join(root, 'sync', 'cli.ts'));
  const isInside = (path: string): boolean => isClone && `${path}${sep}`.startsWith(`${root}${sep}`);
  const amongOthers = folder === undefined && isInside(workingFolder);
  const target = amongOthers
    ? join(root, 'connectors', names.kebab)
    : (folder ?? join(workingFolder, names.kebab));
  const template = readTemplate(root);
  const places = new Map(
    template.map(({ path, place }) => {
      const named = rename(place, names);
      const isTest = place.startsWith('test/');
      const beside = amongOthers && isTest ? join(root, 'test', 'connectors', names.kebab) : undefined;
      return [path, beside ? join(beside, named.slice('test/'.length)) : join(target, named)] as const;
    }),
  );
  const files = template.map(({ path, text }) => {
    const place = places.get(path)!;
    const lead = (imported: string): string => {
      const copied = places.get(imported);
      if (copied !== undefined) return relativeSpecifier(place, copied);
      if (isInside(target)) return relativeSpecifier(place, join(root, imported));
      return imported.startsWith('core/testing/') ? 'tributary/testing' : 'tributary';
    };
    return { path: place, text: rename(rewriteImports(text, path, lead), names) };
  });
  const own = amongOthers ? [] : [{ path: join(target, 'tsconfig.json'), text: tsconfig }];
  return { folder: target, amongOthers, clone: isClone ? root : undefined, files: [...files, ...own] };
}

/** TypeScript as Node runs it: types are stripped, imports end in `.ts`. https://nodejs.org/api/typescript.html */
const tsconfig = `{
  "compilerOptions": {
    "module": "nodenext",
    "target": "es2024",
    "lib": ["es2024", "esnext.disposable"],
    "types": ["node"],
    "strict": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "allowImportingTsExtensions": true,
    "skipLibCheck": true,
    "noEmit": true
  }
}
`;

/** Nothing is ever written over: the folder has to be new or empty, and none of the files there. */
export function refuseOccupied({ folder, files }: ConnectorCopy, shown: (path: string) => string): void {
  const there = files.find(({ path }) => existsSync(path))?.path;
  const isFull = existsSync(folder) && readdirSync(folder).length > 0;
  if (there === undefined && !isFull) return;
  const what =
    there === undefined ? `the folder ${shown(folder)} is not empty` : `${shown(there)} is there already`;
  throw new ConfigError('FILE_EXISTS', what, {
    hint: 'give the connector another name, or another place with --folder',
  });
}

export async function writeCopy({ files }: ConnectorCopy): Promise<void> {
  for (const { path, text } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
  }
}

/** As short as it can be said from where the person stands. */
export function shortPath(path: string, workingFolder: string): string {
  const short = relative(workingFolder, resolve(path));
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
