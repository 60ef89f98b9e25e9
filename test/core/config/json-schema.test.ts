import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { registry as realRegistry } from '../../../connectors/index.ts';
import { describeConfig, describeConfigAsText } from '../../../core/config/json-schema.ts';
import { isValid } from './json-schema-check.ts';
import { changed } from './problems-of.ts';
import { registry, valid } from './registry.ts';

const schema = await describeConfig(registry);
const accepts = (text: string): boolean => isValid(schema, parse(text));

test('An editor accepts a valid configuration', () => {
  expect(accepts(valid)).toBe(true);
});

test('An editor accepts references where numbers, choices, addresses and true or false are due', () => {
  const settings =
    'pageSize: ${PAGE}\n    deletes: ${DELETES:-true}\n    lag: ${LAG}\n    loginUrl: ${URL} #';
  expect(accepts(changed(['loginUrl:', settings], ['plane: stateless', 'plane: ${PLANE}']))).toBe(true);
  expect(accepts(changed(['${CRM_SECRET}', 'file:secret.pem']))).toBe(true);
});

test.each([
  ['a setting of another connector', ['account: acme', 'account: acme\n    loginUrl: https://a.example.com']],
  ['an unknown setting, though the schema is not strict', ['loginUrl:', 'loginUrll: x\n    loginUrl:']],
  ['an unknown setting of a stream', ['table:', 'tabel: x\n        table:']],
  ['an unknown setting of an alternative', ['clientId:', 'user: x\n      clientId:']],
  ['a missing setting', ['table: PUBLIC.USAGE', '']],
  ['a secret in the file', ['${CRM_SECRET}', 'hush-hush']],
  ['a secret as a default', ['${CRM_SECRET}', '${CRM_SECRET:-hush-hush}']],
  ['an unknown connector', ['type: warehouse', 'type: warehose']],
  ['an unknown plane', ['plane: stateless', 'plane: stateles']],
  ['text for a number', ['loginUrl:', 'pageSize: many\n    loginUrl:']],
  ['a kind without access', ['    access: { allow: ["group:sales"] }\n', '']],
] as const)('An editor marks %s', (_what, change) => {
  expect(accepts(changed(change))).toBe(false);
});

test('Descriptions and defaults reach the editor, and which fields are secret does not leave a foreign keyword', () => {
  const text = JSON.stringify(schema);
  expect(text).toContain('the allow-list: no other field is requested or stored');
  expect(text).toContain('"default":2000');
  expect(text).not.toContain('"secret":true');
});

test('connectors.schema.json is what the connectors say; `node core/config/write-schema.ts connectors/index.ts connectors.schema.json` renews it', async () => {
  expect(await readFile('connectors.schema.json', 'utf8')).toBe(await describeConfigAsText(realRegistry));
});

test('Every registered connector is registered under its own type', async () => {
  for (const [type, load] of Object.entries({ ...realRegistry.sources, ...realRegistry.destinations })) {
    expect((await load()).type).toBe(type);
  }
});
