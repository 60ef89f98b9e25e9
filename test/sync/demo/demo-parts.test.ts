import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../../core/observe/report.ts';
import { noDestinationCounts, noStreamCounts } from '../../../core/observe/report.ts';
import { demoChanges } from '../../../examples/demo-company/changes.ts';
import { generateDemoCompany } from '../../../examples/demo-company/generate.ts';
import { createExpectations, openAccounts, unfinished } from '../../../sync/demo/expectations.ts';
import { compareHoldings, kindAndKey, type HeldDocument } from '../../../sync/demo/holdings.ts';
import { lendEnvironment } from '../../../sync/demo/environment.ts';
import { parseFault } from '../../../sync/demo/faults.ts';
import { createScreen } from '../../../sync/demo/screen.ts';
import { startServices } from '../../../sync/demo/services.ts';

const report = (
  stream: Partial<RunReport['streams'][number]>,
  destination: Partial<RunReport['destinations'][number]>,
): RunReport => ({
  run: 'r',
  startedAt: '2026-01-15T12:00:00.000Z',
  seconds: 1,
  dryRun: false,
  kinds: [],
  joins: [],
  streams: [{ stream: 'crm.Account', seconds: 1, ...noStreamCounts(), ...stream }],
  destinations: [{ destination: 'azure', seconds: 1, held: 1, ...noDestinationCounts(), ...destination }],
});

describe('what the demo expects', () => {
  it('holds only when nothing was found to be wrong, and says what was', () => {
    const expectations = createExpectations();
    expectations.expect('all is well', []);
    expectations.expect('all is well again', ['one thing', 'another']);
    expect(expectations.list).toEqual([
      { what: 'all is well', holds: true },
      { what: 'all is well again', holds: false, found: 'one thing; another' },
    ]);
  });

  it('notices a record or a document that is not accounted for', () => {
    expect(
      openAccounts(report({ read: 3, new: 2, older: 1 }, { considered: 2, written: 1, staged: 1 })),
    ).toEqual([]);
    expect(openAccounts(report({ read: 3, new: 2 }, { considered: 1, written: 1, deleted: 1 }))).toEqual([
      'crm.Account: 3 came in, 2 are accounted for',
      'azure: 1 came in, 2 are accounted for',
    ]);
  });

  it('notices errors, quarantine and work that is left', () => {
    expect(unfinished(report({ read: 1, new: 1 }, { considered: 1, written: 1 }))).toEqual([]);
    const problem = { code: 'X', message: 'it broke', next: 'wait' } as const;
    expect(unfinished(report({ quarantined: 1, error: problem }, { pending: 1, deferred: 1 }))).toHaveLength(
      3,
    );
  });

  it('sees what changed between two looks at a service', () => {
    const held = (id: string, stored: string): [string, HeldDocument] => [
      id,
      { id, stored, kind: '', title: '', version: '' },
    ];
    const before = new Map([held('a', '1'), held('b', '1'), held('c', '1')]);
    const after = new Map([held('a', '1'), held('b', '2'), held('d', '1')]);
    expect(compareHoldings(before, after)).toEqual({ written: ['b', 'd'], deleted: ['c'] });
    expect(kindAndKey('corvane:case:salesforce:00D:Case:a%7Cb')).toBe('case:a|b');
  });

  it('asks for the same seven documents on any day of the year', () => {
    for (let day = 0; day < 366; day += 1) {
      const now = Date.UTC(2028, 0, 1 + day);
      const { written, deleted } = demoChanges(
        generateDemoCompany({ now, scale: 0.1 }),
        now + 50_000_000,
      ).expectedDocuments;
      expect([written.length, deleted.length], new Date(now).toISOString()).toEqual([6, 1]);
    }
  });
});

describe('the demo’s surroundings', () => {
  it('lends the process credentials and takes all of them back', () => {
    const names = ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'NO_PROXY'];
    const state = () => names.map((name) => process.env[name]);
    process.env['AWS_PROFILE'] = 'production';
    process.env['NO_PROXY'] = 'intranet.example';
    const before = state();
    const giveBack = lendEnvironment({ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' });
    expect(state()).toEqual([undefined, 'id', 'key', 'intranet.example,127.0.0.1,localhost']);
    giveBack();
    expect(state()).toEqual(before);
    delete process.env['AWS_PROFILE'];
    delete process.env['NO_PROXY'];
  });

  it('reads faults as they are written', () => {
    expect(parseFault('azure:503:3')).toEqual({ service: 'azure', what: 503, times: 3 });
    expect(parseFault('bedrock:lost')).toEqual({ service: 'bedrock', what: 'lost', times: 1 });
    for (const text of ['azure', 'azure:200', 'azure:503:0', 'oracle:503', 'azure:503:3:4'])
      expect(() => parseFault(text), text).toThrow(/says no fault/);
  });

  it('serves a bucket beside Bedrock when it is asked for, and not otherwise', async () => {
    for (const [names, served] of [
      [['s3'], ['bedrock', 's3']],
      [['bedrock'], ['bedrock']],
    ] as const) {
      const services = await startServices({ salesforce: [], snowflake: [], names });
      expect(services.list.map(({ name }) => name)).toEqual(served);
      expect('BEDROCK_S3_BUCKET' in services.env).toBe(names[0] === 's3');
      await services.close();
    }
  });

  it('breaks lines at the width of the screen and keeps tables and long words whole', () => {
    let text = '';
    const screen = createScreen({ stream: { write: (more) => (text += more), columns: 40 }, colors: false });
    screen.say('one two three four five six seven eight nine ten eleven');
    screen.write(`  name     ${'a sentence that goes on and on and on'}`);
    screen.write(`id ${'x'.repeat(50)}`);
    screen.judge({ what: 'something that takes more than one line to say', holds: false, found: 'no' });
    expect(text.split('\n')).toEqual([
      'one two three four five six seven eight',
      'nine ten eleven',
      '  name     a sentence that goes on and',
      '    on and on',
      `id ${'x'.repeat(50)}`,
      '✗ something that takes more than one',
      '  line to say: no',
      '',
    ]);
  });

  it('shows nothing where nothing is to be shown', () => {
    const screen = createScreen({ stream: undefined, colors: true });
    expect(() => screen.act('an act', 'a command')).not.toThrow();
  });
});
