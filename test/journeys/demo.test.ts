import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DemoReport } from '../../sync/demo/report.ts';
import { accountsClose } from '../sync/scenario.ts';
import { runCommand, startCommand, temporaryFolder, type Finished } from './command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const env = { TMPDIR: folder.path };

describe('tributary demo --json', () => {
  let finished: Finished;
  let report: DemoReport;
  beforeAll(async () => {
    finished = await runCommand(['demo', '--json'], { env });
    report = JSON.parse(finished.stdout) as DemoReport;
  });

  it('prints one JSON document and nothing else, and ends well within half a minute', () => {
    expect(finished.stderr).not.toMatch(/error|warn|    at /i);
    expect(finished).toMatchObject({ code: 0 });
    expect(report.ok).toBe(true);
    expect(report.expectations.filter((one) => !one.holds)).toEqual([]);
    expect(report.expectations.length).toBeGreaterThan(10);
    expect(report.seconds).toBeLessThan(30);
  });

  it('finds everything in order before the first run', () => {
    expect(report.checked.map((one) => [one.what, one.problem])).toEqual([
      ['source', undefined],
      ['source', undefined],
      ['destination', undefined],
      ['destination', undefined],
      ['kinds', undefined],
    ]);
  });

  it('reads every record of both sources once and brings 300 documents to both planes', () => {
    const [first] = report.runs;
    expect(Object.fromEntries(first!.streams.map((one) => [one.stream, one.new]))).toEqual({
      'salesforce.Account': 60,
      'salesforce.Contact': 120,
      'salesforce.Opportunity': 100,
      'salesforce.Case': 140,
      'salesforce.User': 8,
      'salesforce.Escalation__c': 6,
      'snowflake.usage': 732,
      'snowflake.invoices': 240,
    });
    expect(first!.streams.every((one) => one.read === one.new)).toBe(true);
    for (const one of first!.destinations)
      expect(one).toMatchObject({ considered: 300, written: 300, held: 300 });
  });

  it('has figures that add up in every run, for each stream and each destination', () => {
    expect(report.runs.map(accountsClose)).toEqual([[], [], []]);
  });

  it('says how well every join matches, and what was left out because it would narrow its readers', () => {
    const [first] = report.runs;
    expect(first!.joins.find((one) => one.part === 'usage')).toMatchObject({
      parents: 60,
      parentsWithPart: 60,
      partRecordsWithoutParent: 12,
    });
    expect(first!.kinds.find((one) => one.kind === 'account')?.leftOut).toEqual({ escalations: 6 });
  });

  it('shows an account made of both systems, with provenance, a deep link, and what was left out', () => {
    const { document, leftOut } = report.document!;
    const parts = new Map(document.parts.map((one) => [`${one.system}.${one.stream}`, one]));
    expect([...parts.keys()]).toEqual([
      'salesforce.User',
      'salesforce.Contact',
      'salesforce.Opportunity',
      'salesforce.Case',
      'snowflake.usage',
      'snowflake.invoices',
    ]);
    expect(document.parts.every((one) => one.key !== '' && one.modifiedAt !== undefined)).toBe(true);
    expect(document.url).toMatch(/^https:\/\/.+\/lightning\/r\/Account\/001\w{15}\/view$/);
    expect(document.body).toMatch(/active users/);
    expect(document.body).toMatch(/Invoice INV-/);
    expect(leftOut).toEqual([expect.objectContaining({ part: 'escalations', records: 1 })]);
    expect(document.body).not.toMatch(/ESC-/);
  });

  it('gets the same documents and citations from both planes', () => {
    const { bedrock, azure } = report.question!;
    expect(bedrock).toHaveLength(3);
    expect(azure).toEqual(bedrock);
    const citations = (name: string) =>
      report.answers!.hits[name]!.map(({ id, url, version, title }) => ({ id, url, version, title }));
    expect(citations('azure')).toEqual(citations('bedrock'));
    expect(citations('azure').every((one) => one.url !== undefined && one.version !== undefined)).toBe(true);
    const shown = report.document!.document;
    expect(citations('azure')).toContainEqual(
      expect.objectContaining({ id: shown.id, version: shown.version, url: shown.url }),
    );
  });

  it('writes exactly the affected documents to both planes when the sources change', () => {
    const { made, expected, found } = report.changes!;
    expect(made).toHaveLength(4);
    expect(expected.written).toHaveLength(6);
    expect(expected.deleted).toHaveLength(1);
    const named = (ids: readonly string[]) =>
      ids.map((id) => id.replace(/^[^:]+:([^:]+):.*:([^:]+)$/, '$1:$2')).sort();
    for (const name of ['bedrock', 'azure']) {
      expect(named(found[name]!.written), name).toEqual([...expected.written].sort());
      expect(named(found[name]!.deleted), name).toEqual([...expected.deleted].sort());
    }
    const [, second] = report.runs;
    for (const one of second!.destinations)
      expect(one).toMatchObject({ considered: 7, written: 6, deleted: 1, held: 299 });
    const touched = second!.streams.filter((one) => one.new + one.changed + one.deleted > 0);
    expect(touched.map((one) => one.stream).sort()).toEqual([
      'salesforce.Case',
      'salesforce.Contact',
      'salesforce.Opportunity',
      'snowflake.usage',
    ]);
  });

  it('writes nothing at all when nothing has changed', () => {
    const [, , third] = report.runs;
    for (const one of third!.destinations) expect(one).toMatchObject({ written: 0, deleted: 0, held: 299 });
    expect(third!.kinds.every((one) => one.composed === 0)).toBe(true);
  });

  it('ends with both planes holding the same documents in the same versions', () => {
    expect(report.documents).toEqual({ bedrock: 299, azure: 299 });
    expect(report.verify).toMatchObject({ divergent: 0, divergentIds: [] });
    expect(report.verify!.destinations.map((one) => [one.grade, one.present])).toEqual([
      ['accepted as', 299],
      ['seen as', 299],
    ]);
  });

  it('leaves nothing behind', () => {
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe('tributary demo', () => {
  it('tells the story in plain lines where no terminal is', async () => {
    const { code, stdout } = await runCommand(['demo', '--scale', '0.05'], { env });
    expect(code).toBe(0);
    expect(stdout).not.toContain('\x1b');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      "are emulated on this machine, with the limits of the real services; how answers are ranked is the emulators' own.",
    );
    expect([...stdout.matchAll(/^── \d (.+?) ─/gm)].map(([, title]) => title)).toEqual([
      'Four services, one configuration',
      'Is everything in order?',
      'First sync',
      'One of the documents',
      'The same question to both planes',
      'The sources change',
      'Second sync: what is affected, and nothing else',
      'Nothing changes: nothing is written',
      'Both planes hold the same',
    ]);
    expect(stdout).toMatch(/^account +Merrow Vale Health +written +written +yes$/m);
    expect(stdout).toMatch(/^case +Case \d+: Test case.+ deleted +deleted +yes$/m);
    expect(stdout.match(/^✗/m)).toBeNull();
    expect(stdout).toMatch(/^✓ All \d+ expectations held, in /m);
  });

  it('keeps away from what the environment says of other accounts', async () => {
    const { code, stdout } = await runCommand(['demo', '--scale', '0.05', '--json'], {
      env: {
        ...env,
        AWS_PROFILE: 'production',
        AWS_SESSION_TOKEN: 'of-another-account',
        AZURE_SEARCH_ENDPOINT: 'https://production.search.windows.net',
        SALESFORCE_LOGIN_URL: 'https://production.my.salesforce.com',
        HTTP_PROXY: 'http://127.0.0.1:9',
        HTTPS_PROXY: 'http://127.0.0.1:9',
      },
    });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as DemoReport).documents).toEqual({ bedrock: 29, azure: 29 });
  });

  it('stops on Ctrl-C in the middle of a sync, and leaves nothing behind', async () => {
    const running = startCommand(['demo'], { env });
    onTestFinished(() => void running.child.kill('SIGKILL'));
    await running.output(/3 First sync/);
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('Stopped; nothing is left behind.');
    expect(stdout).not.toContain('expectations held');
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
