import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCsv } from '../../connectors/salesforce/bulk-csv.ts';
import { htmlToText } from '../../connectors/salesforce/clean-text.ts';
import { loadConfig } from '../../core/config/load-config.ts';
import { environment, registry, valid } from '../core/config/registry.ts';
import { hostileText, seed } from './hostile-values.ts';

const runs = { seed, numRuns: 300 };
type Row = Readonly<Record<string, unknown>>;

async function rowsOf(bytes: Uint8Array, piece = 7): Promise<Row[]> {
  const rows: Row[] = [];
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, at) =>
    bytes.slice(at * piece, (at + 1) * piece),
  );
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const one of pieces) controller.enqueue(one);
      controller.close();
    },
  });
  for await (const batch of readCsv(stream, new Map(), 3)) rows.push(...batch);
  return rows;
}
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

describe('a page of a bulk result', () => {
  it('gives the texts that it was made of, whatever they hold and wherever it is cut on its way', async () => {
    const text = hostileText.filter((one) => one !== '' && one.isWellFormed());
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (texts, piece) => {
          const lines = texts.map((one, at) => `"${at}",${quoted(one)}`);
          const rows = await rowsOf(Buffer.from(`"Id","Name"\n${lines.join('\n')}\n`), piece);
          expect(rows).toEqual(texts.map((one, at) => ({ Id: String(at), Name: one })));
        },
      ),
      runs,
    );
  });

  it('of any bytes gives rows or an error that is tried again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('', '"Id","Name"\n', 'Id,__proto__\n1,'),
        async (bytes, start) => {
          const outcome = await rowsOf(Buffer.concat([Buffer.from(start), bytes])).then(
            () => 'rows',
            (error: Error) => error.name,
          );
          expect(outcome).toMatch(/^(rows|TransientError)$/);
          expect(({} as Row)['1']).toBeUndefined();
        },
      ),
      runs,
    );
  });
});

describe('rich text', () => {
  it('of any mark-up becomes text', () => {
    const tag = fc.constantFrom(
      '<',
      '>',
      '<script>',
      '</',
      '<!--',
      '-->',
      '<p',
      '&#x',
      '&#0;',
      '<td>',
      '"',
      'alt="',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(tag, hostileText), { maxLength: 60 }), (parts) => {
        expect(typeof htmlToText(parts.join(''))).toBe('string');
      }),
      runs,
    );
  });
});

describe('a .env file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tributary-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('of any bytes loads or is explained, and nothing of it is said', async () => {
    const path = join(folder, 'connectors.config.yaml');
    writeFileSync(path, valid);
    const secret = 'sw0rdfish-of-the-file';
    const line = fc.oneof(
      hostileText,
      fc.constantFrom(...Object.keys(environment)).map((name) => `${name}=${secret}`),
      fc.constantFrom(
        '__proto__=1',
        'constructor=1',
        '=',
        '==',
        'A="unclosed',
        "A='x\\",
        'export A',
        'A=${A}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
        writeFileSync(join(folder, '.env'), lines.join('\n'));
        const outcome = await loadConfig(path, registry, { env: {} }).catch((error: Error) => error);
        if (outcome instanceof Error) {
          expect(outcome.name).toBe('ConfigError');
          expect(outcome.message).not.toContain(secret);
        }
        expect(({} as Row)['polluted']).toBeUndefined();
      }),
      runs,
    );
  });
});
