import { afterEach, describe, expect, it } from 'vitest';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
afterEach(() => line.end());

describe('tributary plan and apply', () => {
  it('shows what a run would do per destination and kind, with deletes by cause and an estimate', async () => {
    line = createCommandLine();
    await line.say('sync');
    line.crm.remove('Account', 'a3');
    line.crm.patch('Contact', 'c1', { Name: 'Zoe' });
    const { code, out } = await line.say('plan');
    expect(code).toBe(0);
    expect(out).toMatch(/Destinations +kind +create +update +delete +withheld +deletes by cause/);
    expect(out).toMatch(/left +account +0 +1 +1 +0 +1 source/);
    expect(out).toContain('left: at least 2 requests');
    expect(out).toContain('Nothing was changed.');
    expect(line.left.held().size).toBe(3);
  });

  it('keeps a plan in a file that apply runs once', async () => {
    line = createCommandLine();
    const made = await line.say('plan', '-o', 'plan.json');
    expect(made.code).toBe(0);
    expect(made.out).toContain('tributary apply plan.json does it.');
    expect(JSON.parse(readFileSync(join(line.folder, 'plan.json'), 'utf8'))).toMatchObject({
      format: 1,
      destinations: [{ create: 3 }, { create: 3 }],
    });
    const { code, json } = await line.ask('apply', 'plan.json');
    expect(code).toBe(0);
    expect(json).toMatchObject({ destinations: [{ written: 3 }, { written: 3 }] });
    const again = await line.say('apply', 'plan.json');
    expect(again.code).toBe(2);
    expect(again.error).toContain('the catalog has been worked on since the plan was made (PLAN_STALE)');
  });

  it('ends with 2 for a plan that is not there or is none', async () => {
    line = createCommandLine();
    expect(await line.say('apply', 'plan.json')).toMatchObject({
      code: 2,
      error: expect.stringContaining('PLAN_NOT_FOUND'),
    });
    writeFileSync(join(line.folder, 'plan.json'), '{ not json');
    expect(await line.say('apply', 'plan.json')).toMatchObject({
      code: 2,
      error: expect.stringContaining('PLAN_INVALID'),
    });
  });

  it('ends with 2 when a person must act first, and with 1 when something cannot be composed', async () => {
    line = createCommandLine();
    line.crm.patch('Account', 'a1', { Name: '' });
    const quarantined = await line.say('plan');
    expect(quarantined.code).toBe(1);
    expect(quarantined.out).toContain('left: 1 document cannot be composed');
    await line.say('sync');
    line.configure(`catalog: { path: other.sqlite }\n${line.yaml}`);
    const foreign = await line.say('plan');
    expect(foreign.code).toBe(2);
    expect(foreign.out).toContain('belongs to another installation');
  });
});
