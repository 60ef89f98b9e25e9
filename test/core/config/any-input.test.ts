import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../../core/config/load-config.ts';
import { isInvalidConfig } from '../../../core/config/problems.ts';
import { environment, registry, valid } from './registry.ts';

/** Loads or says where and what: nothing else may happen, and no secret may be said. */
async function expectAnAnswer(text: string): Promise<void> {
  try {
    await parseConfig(text, registry, { env: environment });
  } catch (error) {
    if (!isInvalidConfig(error)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(error.message.split('\n')).toHaveLength(error.problems.length);
    const lines = text.split('\n').length;
    for (const { line, column, message } of error.problems) {
      expect(line >= 1 && line <= lines && column >= 1 && message !== '').toBe(true);
    }
    for (const secret of Object.values(environment)) expect(error.message).not.toContain(secret);
  }
}
const runs = { seed: 20_250, numRuns: 400 };
const tokens = fc.constantFrom(
  ...[
    'a',
    'sources',
    'kinds',
    'type: crm',
    ': ',
    '- ',
    '\n',
    '\n  ',
    '\n    ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|\n',
  ],
  ...[
    '>-\n',
    '&a ',
    '*a',
    '!t ',
    '? ',
    '#',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\t',
    '<<: *a',
    '.nan',
    '1e999',
    '~',
  ],
  ...[
    '${CRM_SECRET}',
    '${A:-',
    '$${',
    'file:.',
    '__proto__: 1',
    'constructor: 1',
    '\u0000',
    '\uFEFF',
    '\u2028',
    '@',
  ],
);

test('No text makes the loader do anything but load or explain', async () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(tokens, { maxLength: 40 }).map((all) => all.join('')),
  );
  await fc.assert(fc.asyncProperty(anyText, expectAnAnswer), runs);
});

test('No damage to a valid configuration makes the loader do anything but load or explain', async () => {
  const damage = fc.tuple(fc.nat(valid.length), fc.nat(12), fc.array(tokens, { maxLength: 3 }));
  const damaged = fc
    .array(damage, { minLength: 1, maxLength: 4 })
    .map((all) =>
      all.reduce(
        (text, [at, length, added]) => text.slice(0, at) + added.join('') + text.slice(at + length),
        valid,
      ),
    );
  await fc.assert(fc.asyncProperty(damaged, expectAnAnswer), runs);
});

test('No value in any place of a configuration makes the loader do anything but load or explain', async () => {
  const lines = valid.split('\n').flatMap((line, index) => (/^ *[\w-]+:/.test(line) ? [index] : []));
  const value = fc.oneof(
    fc.jsonValue(),
    fc.object({ key: tokens, maxDepth: 3 }),
    fc.constantFrom(...Object.keys(environment)),
  );
  const replaced = fc.tuple(fc.constantFrom(...lines), value).map(([at, other]) => {
    const kept = valid.split('\n');
    const line = kept[at] ?? '';
    const flow = stringify(other, {
      collectionStyle: 'flow',
      lineWidth: 0,
      defaultStringType: 'QUOTE_DOUBLE',
    }).trim();
    kept[at] = `${line.slice(0, line.indexOf(':'))}: ${flow.replaceAll('\n', ' ')}`;
    return kept.join('\n');
  });
  await fc.assert(fc.asyncProperty(replaced, expectAnAnswer), runs);
});
