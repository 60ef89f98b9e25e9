import { afterEach, describe, expect, it } from 'vitest';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
afterEach(() => line.end());

const planted = 'Zyx-planted-content';

describe('tributary quarantine show --payload', () => {
  const begin = async (setting: string): Promise<string> => {
    line = createCommandLine();
    line.configure(`catalog: { path: catalog.sqlite${setting} }\n${line.yaml}`);
    line.crm.unreadable('Account', 'a2', 'Name is no text', { Id: 'a2', Name: [planted, 'a\u009b31mb'] });
    const { out, error } = await line.say('sync');
    return out + error;
  };

  it('prints what failed, without what a terminal would obey', async () => {
    await begin(', quarantinePayload: true');
    const { code, out } = await line.say('quarantine', 'show', 'crm.Account/a2', '--payload');
    expect(code).toBe(0);
    expect(out).toContain(`    {\n      "Id": "a2",\n      "Name": [\n        "${planted}",`);
    expect(out).toContain('"a\\u009b31mb"');
    expect(out).not.toContain('\u009b');
    expect((await line.ask('quarantine', 'show', 'crm.Account/a2', '--payload')).json).toMatchObject({
      entries: [{ name: 'crm.Account/a2', payload: { content: { Name: [planted, 'a\u009b31mb'] } } }],
    });
  });

  it('alone prints it: neither a run, a list, status, retry, nor show without it do', async () => {
    const run = await begin(', quarantinePayload: true');
    const told = [run];
    for (const command of [
      ['list'],
      ['show', 'crm.Account/a2'],
      ['retry', '--all'],
      ['discard', 'crm.Account/a2'],
    ])
      for (const form of [[], ['--json']]) {
        const dry = command[0] === 'discard' ? ['--dry-run'] : [];
        const { out, error } = await line.say('quarantine', ...command, ...dry, ...form);
        told.push(out, error);
      }
    told.push((await line.say('status')).out, (await line.say('status', '--json')).out);
    expect(told.join('\n')).toContain('Name is no text');
    expect(told.join('\n')).not.toContain(planted);
  });

  it('says that nothing is kept where the configuration does not ask for it', async () => {
    await begin('');
    const { code, out } = await line.say('quarantine', 'show', 'crm.Account/a2', '--payload');
    expect(code).toBe(0);
    expect(out).toContain('Nothing of it is kept: catalog.quarantinePayload is not set.');
    expect(out).not.toContain(planted);
    const asked = await line.ask('quarantine', 'show', 'crm.Account/a2', '--payload');
    expect(JSON.stringify(asked.json)).not.toContain('payload');
  });
});
