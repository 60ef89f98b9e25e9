import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../house/source-files.ts';
import { brokenDestinations } from './broken-destinations.ts';
import { brokenSources } from './broken-sources.ts';

interface TestResult {
  readonly ancestorTitles: readonly string[];
  readonly status: string;
}

/** How many tests of each suite fail. */
const failures = new Map<string, number>();

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-broken-'));
  const report = join(folder, 'report.json');
  const argv = ['run', '--config', 'test/core/testing/broken.config.ts', '--reporter', 'json'];
  spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...argv, '--outputFile', report], {
    cwd: root,
    stdio: 'ignore',
  });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: readonly { readonly assertionResults: readonly TestResult[] }[];
  };
  rmSync(folder, { recursive: true });
  for (const { ancestorTitles, status } of testResults.flatMap((one) => one.assertionResults)) {
    const suite = ancestorTitles.join(' ').split(': keeps')[0]!.trim();
    failures.set(suite, (failures.get(suite) ?? 0) + (status === 'failed' ? 1 : 0));
  }
});

describe('the conformance suites', () => {
  it('find nothing wrong with a sound source and a sound destination', () => {
    expect(failures.get('source: sound')).toBe(0);
    expect(failures.get('destination: sound')).toBe(0);
    expect(failures.get('destination: sound, decided at once')).toBe(0);
  });

  it.each(Object.keys(brokenSources))('notice in a source: %s', (defect) => {
    expect(failures.get(`source: ${defect}`)).toBeGreaterThan(0);
  });

  it.each(Object.keys(brokenDestinations))('notice in a destination: %s', (defect) => {
    expect(failures.get(`destination: ${defect}`)).toBeGreaterThan(0);
  });
});
