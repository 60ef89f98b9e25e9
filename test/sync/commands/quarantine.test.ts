import { afterEach, describe, expect, it } from 'vitest';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
afterEach(() => line.end());

describe('tributary quarantine', () => {
  const withTrouble = async (): Promise<void> => {
    line = createCommandLine();
    await line.say('sync');
    line.crm.unreadable('Account', 'a2', 'a field has another type');
    line.right.switches.reject = () => 'the plane does not like it';
    line.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    await line.say('sync');
  };

  it('says that nothing is quarantined', async () => {
    line = createCommandLine();
    expect(await line.say('quarantine')).toMatchObject({ code: 0, out: 'Nothing is quarantined.\n' });
  });

  it('lists what, why and since when, and shows what is in use in its place', async () => {
    await withTrouble();
    const { code, out } = await line.say('quarantine', 'list');
    expect(code).toBe(0);
    expect(out).toContain('Quarantine: 2 entries');
    expect(out).toMatch(
      /! crm\.Account\/a2 since .* UTC, once\n +a field has another type \(RECORD_UNREADABLE while reading\)/,
    );
    expect(out).toMatch(/! acme:account:model:.*:a1 on right since/);
    const shown = await line.say('quarantine', 'show', 'crm.Account/a2', 'account/a1');
    expect(shown.code).toBe(0);
    expect(shown.out).toContain('Its last good version stays in use');
    expect(shown.out).toContain('right keeps the last version that it has.');
    expect((await line.ask('quarantine', 'list', '--limit', '1')).json).toMatchObject({
      quarantined: 2,
      entries: [{ name: 'crm.Account/a2', attempts: 1 }],
    });
  });

  it('retries: 1 while something is still not good, 0 when all is', async () => {
    await withTrouble();
    const dry = await line.say('quarantine', 'retry', '--all', '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.out).toContain('1 document would be tried again\n1 record would be asked for by key');
    const again = await line.say('quarantine', 'retry', '--all');
    expect(again.code).toBe(1);
    expect(again.out).toContain('1 record asked for by key: 0 readable, 1 still not, 0 not there');
    expect(again.out).toContain('2 entries in quarantine');
    line.right.switches.reject = undefined;
    const good = await line.ask('quarantine', 'retry', 'account/a1');
    expect(good.code).toBe(0);
    expect(good.json).toMatchObject({
      documents: 1,
      quarantined: 1,
      run: { destinations: [{}, { written: 1 }] },
    });
  });

  it('discards by name and says what stays', async () => {
    await withTrouble();
    const dry = await line.say('quarantine', 'discard', 'crm.Account/a2', '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.out).toContain('crm.Account/a2 would be discarded');
    expect(dry.out).toContain('2 entries in quarantine');
    const { code, out } = await line.say('quarantine', 'discard', 'crm.Account/a2', 'account/a1');
    expect(code).toBe(0);
    expect(out).toContain('crm.Account/a2 discarded\n    Its last good version stays in use');
    expect(out).toContain('0 entries in quarantine');
  });

  it('says where the budget stands that a run has used up', async () => {
    await withTrouble();
    line.configure(`limits:\n  maxRejected: 0\ncatalog: { path: catalog.sqlite }\n${line.yaml}`);
    line.crm.unreadable('Account', 'a3', 'a field has another type');
    const { code, out } = await line.say('sync');
    expect(code).toBe(2);
    expect(out).toContain('1 of 1 records of crm.Account cannot be read: a field has another type');
    expect(out).toMatch(/connectors\.config\.yaml:2:\d+ \(limits\.maxRejected\)/);
  });

  it('ends with 2 when it is not told what, or told of what is not there', async () => {
    line = createCommandLine();
    await line.say('sync');
    expect((await line.say('quarantine', 'retry')).code).toBe(2);
    expect((await line.say('quarantine', 'discard')).code).toBe(2);
    const { code, error } = await line.say('quarantine', 'show', 'account/a1');
    expect(code).toBe(2);
    expect(error).toContain('nothing is quarantined under account/a1');
  });
});
