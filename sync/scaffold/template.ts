import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The example connector as it lies in the repository and in the package. */
export const templateFolder = 'connectors/example-rest';
const templateTest = 'test/connectors/example-rest/example-rest.test.ts';

export interface TemplateFile {
  /** From the root of the repository. */
  readonly path: string;
  /** From the folder of a connector that holds its own test. */
  readonly place: string;
  readonly text: string;
}

/** Where Tributary lies: the clone, or the installed package. Its sources of the example are in both. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, templateFolder, 'source.ts'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the example connector is missing from this installation');
    folder = parent;
  }
  return folder;
}

export function readTemplate(root: string): TemplateFile[] {
  const own = readdirSync(join(root, templateFolder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(root, templateFolder).length + 1))
    .map((place) => place.replaceAll('\\', '/'));
  return [
    ...own.sort().map((place) => ({ path: `${templateFolder}/${place}`, place })),
    { path: templateTest, place: 'test/example-rest.test.ts' },
  ].map((file) => ({ ...file, text: readFileSync(join(root, file.path), 'utf8') }));
}
