import { expect, test } from 'vitest';
import { codeFiles, importsOf, type Import, type SourceFile } from './source-files.ts';

const files = codeFiles();
const imports = new Map(files.map((file) => [file.path, importsOf(file)]));
const production = files.filter((file) => /^(core|connectors|sync)\/|^index\.ts$/.test(file.path));

/** Which folders a folder of core may import from, besides itself: the road runs one way. */
const coreMayImport: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  config: ['contract'],
  http: ['contract'],
  observe: ['contract'],
  retrieval: ['contract'],
  documents: ['contract', 'config', 'http', 'observe'],
  policy: ['contract', 'config', 'http', 'observe', 'documents'],
  catalog: ['contract', 'config', 'http', 'observe', 'documents'],
  testing: ['contract', 'config', 'http', 'observe', 'retrieval', 'documents', 'policy', 'catalog'],
};
/** Types alone may also cross here: the configuration's type is made of the declarations of kinds. */
const typesMayCross = ['config → documents'];

function mayImport(from: string, { target, typeOnly }: Import): boolean {
  const [house, room, ...rest] = from.split('/');
  const [targetHouse, targetRoom] = target.split('/');
  if (house === 'core') {
    if (targetHouse !== 'core') return false;
    if (room === targetRoom || coreMayImport[room!]?.includes(targetRoom!)) return true;
    return typeOnly && typesMayCross.includes(`${room} → ${targetRoom}`);
  }
  if (house === 'connectors' && rest.length > 0) {
    if (targetHouse === 'connectors') return targetRoom === room;
    if (target === 'core/config/fields.ts' || /^core\/(contract|http|retrieval)\//.test(target)) return true;
    return rest[0] === 'emulator' && target.startsWith('core/testing/');
  }
  if (house === 'connectors') {
    return targetHouse === 'connectors' || /^core\/contract\/|^core\/config\/config\.ts$/.test(target);
  }
  if (house === 'sync') return syncMayImport(from, target);
  return ['core', 'connectors', 'sync'].includes(targetHouse!) || house === undefined;
}

/** Emulators and the demo company belong to the demo, and the demo to its two commands: no run depends on them. */
function syncMayImport(from: string, target: string): boolean {
  const isDemo = from.startsWith('sync/demo/');
  const isDemoCommand = /^sync\/commands\/(demo|emulate)\.ts$/.test(from);
  if (target.startsWith('sync/demo/')) return isDemo || isDemoCommand;
  if (/^core\/testing\/|^connectors\/[^/]+\/emulator\/|^examples\/demo-company\//.test(target)) return isDemo;
  return ['core', 'connectors', 'sync'].includes(target.split('/')[0]!);
}

const relativeImports = (file: SourceFile): Import[] => imports.get(file.path)!.filter((one) => one.relative);
const packageImports = (file: SourceFile): Import[] =>
  imports.get(file.path)!.filter((one) => !one.relative && !one.target.startsWith('node:'));

test('there is something to check', () => {
  expect(production.length).toBeGreaterThan(30);
  expect([...imports.values()].flat().length).toBeGreaterThan(100);
});

test('imports run one way: contract ← config, http, observe ← documents, policy, catalog ← sync', () => {
  const wrong = production.flatMap((file) =>
    relativeImports(file)
      .filter((one) => !mayImport(file.path, one))
      .map((one) => `${file.path} must not import ${one.target}`),
  );
  expect(wrong).toEqual([]);
});

test('every relative import names a file that exists, with its ending', () => {
  const known = new Set(files.map((file) => file.path));
  const wrong = files.flatMap((file) =>
    relativeImports(file)
      .filter(
        ({ target }) => !known.has(target) && !/^(package\.json|[\w-]+\.config\.ts)$|\.json$/.test(target),
      )
      .map(({ specifier }) => `${file.path}: ${specifier}`),
  );
  expect(wrong).toEqual([]);
});

/** A vendor's SDK belongs to one connector folder, and loads only when that connector is used. */
const vendorOf: readonly (readonly [packages: RegExp, folder: RegExp])[] = [
  [/^(jsforce|@jsforce\/.*)$/, /^connectors\/salesforce\//],
  [/^@jetstreamapp\//, /^connectors\/salesforce\/emulator\//],
  [/^snowflake-sdk$/, /^connectors\/snowflake\//],
  // An index of Azure may keep vectors that a model of Amazon makes.
  [/^@(aws-sdk|smithy)\//, /^connectors\/(bedrock-knowledge-base\/|azure-ai-search\/titan-embeddings\.ts$)/],
  [/^@azure\//, /^connectors\/azure-ai-search\//],
];
const heavy = /^(jsforce|snowflake-sdk|vitest|@(jsforce|aws-sdk|smithy|azure|langchain|jetstreamapp)\/)/;

test('a vendor SDK is imported by the folder of its vendor alone', () => {
  const wrong = production.flatMap((file) =>
    packageImports(file)
      .filter(({ target }) =>
        vendorOf.some(([packages, folder]) => packages.test(target) && !folder.test(file.path)),
      )
      .map(({ target }) => `${file.path} must not import ${target}`),
  );
  expect(wrong).toEqual([]);
});

test('vitest is imported by tests and by the conformance suites alone', () => {
  const wrong = production
    .filter((file) => packageImports(file).some(({ target }) => target === 'vitest'))
    .filter((file) => !file.path.startsWith('core/testing/conformance/'));
  expect(wrong.map((file) => file.path)).toEqual([]);
});

/** The packages that load together with a file, each with the way to it. */
function loadedWith(entry: string): Map<string, string> {
  const loaded = new Map<string, string>();
  const seen = new Map([[entry, entry]]);
  for (const [path, way] of seen) {
    for (const one of imports.get(path) ?? []) {
      if (one.typeOnly || one.lazy) continue;
      if (!one.relative) loaded.set(one.target, way);
      else if (!seen.has(one.target)) seen.set(one.target, `${way} → ${one.target}`);
    }
  }
  return loaded;
}

test('no heavy package loads before it is needed', () => {
  const entries = files
    .map((file) => file.path)
    .filter((path) =>
      /^(index\.ts|sync\/cli\.ts|connectors\/index\.ts|connectors\/[^/]+\/index\.ts)$/.test(path),
    );
  expect(entries.length).toBeGreaterThan(0);
  const wrong = entries.flatMap((entry) =>
    [...loadedWith(entry)].filter(([name]) => heavy.test(name)).map(([name, way]) => `${way} → ${name}`),
  );
  expect(wrong).toEqual([]);
});
