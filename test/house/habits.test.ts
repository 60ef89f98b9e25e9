import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { codeFiles, textFiles, type SourceFile } from './source-files.ts';

const files = codeFiles();
const texts = textFiles();

/** `path:line` of every match, so that an editor jumps there. */
const findings = (among: readonly SourceFile[], pattern: RegExp): string[] =>
  among.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 80)}`] : [])),
  );
const below = (pattern: RegExp): SourceFile[] => files.filter((file) => pattern.test(file.path));

test('no code file is longer than 300 lines', () => {
  const long = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
  expect(long.filter(({ lines }) => lines > 300)).toEqual([]);
});

test('files have kebab-case names', () => {
  const wrong = files.filter(
    ({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.ts$/.test(basename(path)),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('no test is left out, and none runs alone', () => {
  expect(findings(files, /\b(test|it|describe|suite)\.(only|skip|todo|fails)/)).toEqual([]);
});

test('nothing escapes the type checker', () => {
  const code = (pattern: RegExp): RegExp => new RegExp(`^(?!\\s*(/\\*|\\*|//)).*(${pattern.source})`);
  expect(findings(files, code(/\bas an[y]\b/))).toEqual([]);
  const annotated = /[:<] ?an[y](\[\])?([;,)>=]|$)/;
  expect(findings(below(/^(core|connectors|sync)\//), code(annotated))).toEqual([]);
  expect(findings(files, /@ts-(ignor[e]|nochec[k])/)).toEqual([]);
});

test('nothing unfinished is left behind', () => {
  expect(findings(texts, /\b(TO[D]O|FIXM[E]|XX[X]|HAC[K])\b/)).toEqual([]);
});

test('no path of somebody’s machine stands in a file', () => {
  expect(findings(texts, /(^|[\s'"`(=:])\/(hom[e]|wor[k]|Users|root)\/[\w.-]/)).toEqual([]);
});

test('what connectors and core say goes to the log, not to the console', () => {
  expect(findings(below(/^(core|connectors)\//), /\bconsole\.\w+\(/)).toEqual([]);
});

test('connectors read no environment and no clock of the machine: the engine hands them both', () => {
  const connectors = below(/^connectors\/[^/]+\/(?!emulator\/)/);
  expect(findings(connectors, /\bprocess\.env\b(?!\['\w+'\] = )/)).toEqual([]);
  expect(findings(connectors, /\bDate\.now\(|\bnew Date\(\)/)).toEqual([]);
});

test('nothing in tests and emulators is random without a seed', () => {
  const seeded = below(/^test\/|^core\/testing\/|\/emulator\//);
  expect(findings(seeded, /\bMath\.rando[m]\b/)).toEqual([]);
});

test('every export of the contract is documented, or so short that it speaks for itself', () => {
  const silent = below(/^core\/contract\//).flatMap(({ path, text }) => {
    const lines = text.split('\n');
    return lines.flatMap((line, i) => {
      const name = /^export (?:class|const|function|interface|type) (\w+)/.exec(line)?.[1];
      if (name === undefined || lines[i - 1]?.trimEnd().endsWith('*/')) return [];
      const length = lines.slice(i).findIndex((one) => /^\S.*[;}]$|^[;}]/.test(one)) + 1;
      const declaration = lines.slice(i, i + length);
      const speaks = length <= 3 || declaration.some((one) => one.includes('/**'));
      return speaks ? [] : [`${path}: ${name}`];
    });
  });
  expect(silent).toEqual([]);
});
