import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Registry } from '../../../core/config/config.ts';
import { secret } from '../../../core/config/fields.ts';
import type { DestinationConnector } from '../../../core/contract/destination.ts';
import { ConfigError } from '../../../core/contract/errors.ts';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
afterEach(() => line.end());

/** The configuration with one thing changed, as a person's slip would. */
function slip(from: string, to: string): void {
  const path = join(line.folder, 'connectors.config.yaml');
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

const place = /connectors\.config\.yaml:\d+:\d+/;
const stack = /^ +at \S.*\.ts:\d+:\d+\)?$/m;

describe('a mistake in the configuration ends with 2, names file, line and column, and shows no stack', () => {
  const mistakes: readonly [name: string, from: string, to: string, says: RegExp][] = [
    ['malformed YAML', 'sources:\n', 'sources: [\n', /config\.yaml:\d+:\d+/],
    [
      'an environment variable that is not set',
      'namespace: acme',
      'namespace: ${COMPANY}',
      /COMPANY is not set/,
    ],
    ['an unknown setting', 'plane: stateful', 'plane: stateful, colour: red', /colour/],
    ['a field that no allow-list has, in metadata', 'industry: Industry', 'industry: Industri', /Industri/],
    ['a template that names an unknown field', '{{owner.Name}}.', '{{owner.Nam}}.', /did you mean Name\?/],
    ['a kind without access', 'access: { everyone: the demo data is not secret }', '', /access/],
    ['a destination of no known type', 'type: model-left', 'type: model-lft', /did you mean model-left/],
  ];
  for (const [name, from, to, says] of mistakes) {
    it(name, async () => {
      line = createCommandLine();
      slip(from, to);
      const { code, out, error } = await line.say('sync');
      expect([code, out]).toEqual([2, '']);
      expect(error).toMatch(/^error: /);
      expect(error).toMatch(place);
      expect(error).toMatch(says);
      expect(error).not.toMatch(stack);
      expect(line.left.held().size + line.right.held().size).toBe(0);
    });
  }

  it('and with --json it is one document with the problems, one by one', async () => {
    line = createCommandLine();
    slip('{{owner.Name}}.', '{{owner.Nam}} {{Nmae}}.');
    const { code, json } = await line.ask('check');
    expect(code).toBe(2);
    expect(json).toMatchObject({ ok: false });
    const run = await line.ask('sync');
    expect(run.json).toMatchObject({
      error: { code: 'CONFIG_INVALID', next: 'act', problems: [{ path: 'kinds.account.body' }, {}] },
    });
  });

  it('a template is told wrong before any source is asked', async () => {
    line = createCommandLine();
    slip('{{owner.Name}}.', '{{owner.Nam}}.');
    await line.say('sync');
    expect(line.crm.calls).toEqual([]);
  });
});

describe('other mistakes', () => {
  it('a configuration that is not there', async () => {
    line = createCommandLine();
    const { code, error } = await line.say('sync', '-c', 'other.yaml');
    expect(code).toBe(2);
    expect(error).toMatch(/there is no configuration at .*other\.yaml.*\n.*\n.*run `tributary init`/);
  });

  it('an unknown object or column: told by check, and nothing is written', async () => {
    line = createCommandLine();
    slip('User: { fields: [Id, Name] }', 'User: { fields: [Id, Name, Shoe] }');
    const { code, out } = await line.say('check');
    expect(code).toBe(2);
    expect(out).toMatch(/"User" has no field Shoe/);
    const run = await line.say('sync');
    expect(run.code).toBe(2);
    expect(run.out).toContain('has no field Shoe');
    expect(line.right.held().size).toBe(0);
  });

  it('a catalog that is none', async () => {
    line = createCommandLine();
    writeFileSync(join(line.folder, 'catalog.sqlite'), 'this is a text and no database at all '.repeat(40));
    const { code, error } = await line.say('status');
    expect(code).toBe(2);
    expect(error).toContain('the catalog cannot be used');
    expect(error).not.toMatch(stack);
  });

  it('a command or option that is none', async () => {
    line = createCommandLine();
    const unknown = await line.say('snyc');
    expect(unknown.code).toBe(2);
    expect(unknown.error).toContain('Did you mean sync?');
    expect((await line.say('sync', '--frobnicate')).code).toBe(2);
    expect((await line.say()).code).toBe(2);
  });

  it('secrets of the configuration never reach the screen, not even when a service quotes them', async () => {
    line = createCommandLine();
    slip('type: model-left,', 'type: model-left, key: "${KEY}",');
    const key = 'correct-horse-battery-staple';
    const connector: DestinationConnector<{ key: string }> = {
      type: 'model-left',
      title: 'Model',
      config: z.strictObject({ key: secret() }),
      create: async (config) => {
        throw new ConfigError('AUTH_REFUSED', `the key ${config.key} is not accepted`);
      },
    };
    const registry: Registry = {
      ...line.registry,
      destinations: { ...line.registry.destinations, 'model-left': async () => connector as never },
    };
    for (const command of ['check', 'sync']) {
      for (const more of [[], ['--json']]) {
        const { code, error, out } = await line.sayWith({ registry, env: { KEY: key } }, command, ...more);
        expect(code).toBe(2);
        expect(error + out).toContain('the key *** is not accepted');
        expect(error + out).not.toContain(key);
      }
    }
  });
});

describe('help', () => {
  it('tells every command and the exit codes, within 80 columns', async () => {
    line = createCommandLine();
    const { code, out, error } = await line.say('--help');
    expect([code, error]).toEqual([0, '']);
    for (const command of 'init check discover sync reindex verify serve status show ask demo emulate'.split(
      ' ',
    ))
      expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    expect(out).toContain('Exit codes:');
    expect(Math.max(...out.split('\n').map((one) => one.length))).toBeLessThanOrEqual(80);
    expect((await line.say('sync', '--help')).out).toContain('--dry-run');
    expect((await line.say('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
