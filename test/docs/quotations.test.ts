import { expect, test } from 'vitest';
import { createProgram } from '../../sync/commands/program.ts';
import { readDocument } from './markdown-files.ts';

const lines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w+)\n([^]*?)\n```$/gm)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  );
const readme = readDocument('README.md');

test('code that the authoring guide quotes stands in the file that it names', () => {
  const text = readDocument('docs/writing-a-connector.md');
  const quoted = [...text.matchAll(/^From \[`([^`]+)`\][^\n]*\n\n```ts\n([^]*?)\n```$/gm)];
  expect(quoted.length).toBe(blocks(text, 'ts').length);
  const altered = quoted.filter(
    ([, path = '', code = '']) => !lines(readDocument(path)).includes(lines(code)),
  );
  expect(altered.map(([, path, code]) => `${path}: ${code}`)).toEqual([]);
});

test('the configuration that the README quotes stands in connectors.config.yaml', () => {
  const [excerpt = ''] = blocks(readme, 'yaml');
  const config = lines(readDocument('connectors.config.yaml'));
  for (const part of excerpt.split('# …')) expect(config).toContain(lines(part));
});

test('the README and the page on Bedrock ask for the same permissions', () => {
  expect(blocks(readme, 'json')).toEqual(
    blocks(readDocument('docs/connectors/bedrock-knowledge-base.md'), 'json'),
  );
});

test('the README lists every command', () => {
  const output = { write: () => true };
  const program = createProgram({ stdout: output, stderr: output, env: {} } as never, () => undefined);
  const listed = [...readme.matchAll(/^\| `(\w+)(?: <\w+>)?` /gm)].map(([, name]) => name!);
  const commands = program.commands.map((command) => command.name()).filter((name) => name !== 'help');
  expect(listed.sort()).toEqual(commands.sort());
});
