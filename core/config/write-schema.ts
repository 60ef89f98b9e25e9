import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Registry } from './config.ts';
import { describeConfigAsText } from './json-schema.ts';

// Usage: node core/config/write-schema.ts <module that exports `registry`> <file>
const [modulePath, file] = process.argv.slice(2);
if (modulePath === undefined || file === undefined) {
  process.stderr.write('usage: node core/config/write-schema.ts <registry module> <file>\n');
  process.exit(2);
}
const { registry } = (await import(pathToFileURL(resolve(modulePath)).href)) as { registry: Registry };
await writeFile(file, await describeConfigAsText(registry));
