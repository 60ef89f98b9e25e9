import { afterEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../../core/catalog/index.ts';
import { ConfigError, TransientError } from '../../../core/contract/errors.ts';
import { join } from 'node:path';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
afterEach(() => line.end());

const surveyed = (open: () => CommandLine): CommandLine => {
  line = open();
  const { create } = line.left.connector;
  Object.assign(line.left.connector, {
    grants: () => [
      { name: 'tributary', to: 'the role of Tributary', policy: { allow: ['write'] } },
      { name: 'agents', to: 'the agents', policy: { allow: ['read'] } },
    ],
    create: async (...given: Parameters<typeof create>) => ({
      ...(await create(...given)),
      survey: async () => ({
        findings: [{ what: 'room', status: 'fine', detail: 'plenty' }],
        settings: [{ line: 'roomy: true', why: 'more fits' }],
        grants: [{ name: 'store', to: 'the store', policy: { allow: ['keep'] } }],
      }),
    }),
  });
  return line;
};

describe('tributary provision', () => {
  it('shows what is missing and changes nothing, then makes it with --apply, and then there is nothing to do', async () => {
    line = createCommandLine();
    const looked = await line.say('provision');
    expect(looked.code).toBe(1);
    expect(looked.out).toContain('+ create ');
    expect(looked.out).toContain('2 steps to take. Nothing was changed; --apply does it.');
    expect(line.left.owner()).toBeUndefined();
    const made = await line.say('provision', '--apply');
    expect(made.code).toBe(0);
    expect(made.out).toContain('2 steps taken: all is in place');
    expect(line.left.owner()).toBeDefined();
    const again = await line.say('provision', '--apply');
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('All is in place') });
    expect((await line.say('sync')).code).toBe(0);
    expect(line.left.held().size).toBe(3);
  });

  it('works on the destinations that are named, and knows their names', async () => {
    line = createCommandLine();
    const { json } = await line.ask('provision', 'left', '--apply');
    expect(json).toMatchObject({ ok: true, destinations: [{ destination: 'left', applied: true }] });
    expect(line.right.owner()).toBeUndefined();
    const unknown = await line.say('provision', 'lefty');
    expect(unknown.code).toBe(2);
    expect(unknown.error).toContain('choose from: left, right');
  });

  it('makes a slot again that somebody deleted, and the next run fills it again', async () => {
    line = createCommandLine();
    await line.say('sync');
    line.left.loseSlot();
    expect((await line.say('provision', '--apply')).code).toBe(0);
    expect(line.left.held().size).toBe(0);
    expect((await line.say('sync')).code).toBe(0);
    expect(line.left.held().size).toBe(3);
  });

  it('never loses what is held unless it is told to', async () => {
    line = createCommandLine();
    await line.say('sync');
    line.left.switches.profile = 'model-2';
    const { create } = line.left.connector;
    Object.assign(line.left.connector, {
      create: async (...given: Parameters<typeof create>) => {
        const destination = await create(...given);
        const plan = async () => {
          const { steps, ...rest } = await destination.plan();
          const losing = steps.map((step) =>
            step.action === 'update' ? { ...step, action: 'recreate' as const, destructive: true } : step,
          );
          return { ...rest, steps: losing };
        };
        return { ...destination, plan };
      },
    });
    const refused = await line.say('provision', '--apply', 'left');
    expect(refused.code).toBe(2);
    expect(refused.out).toContain('It loses what is held there.');
    expect(refused.out).toContain('PROVISION_DESTRUCTIVE');
    expect(line.left.held().size).toBe(3);
    const told = await line.say('provision', '--apply', '--recreate', 'left');
    expect(told.code).toBe(0);
    expect((await line.say('sync')).code).toBe(0);
    expect(line.left.held().size).toBe(3);
  });

  it('refuses the slot of another installation unless it is to take it over', async () => {
    line = createCommandLine();
    await line.say('sync');
    const owner = line.left.owner();
    line.configure(`catalog: { path: other.sqlite }\n${line.yaml}`);
    const refused = await line.say('provision', '--apply', 'left');
    expect(refused.code).toBe(2);
    expect(refused.out).toContain('tributary provision --apply --adopt');
    expect(line.left.owner()).toBe(owner);
    expect((await line.say('provision', '--apply', '--adopt', 'left')).code).toBe(0);
    expect(line.left.owner()).not.toBe(owner);
  });

  it('goes on with the others when one destination is not in order, and says what to do', async () => {
    line = createCommandLine();
    line.left.switches.checkError = new ConfigError('MODEL_DENIED', 'the key is not accepted', {
      where: 'destinations.left',
      hint: 'make a new key',
    });
    const { code, out } = await line.say('provision', '--apply');
    expect(code).toBe(2);
    expect(out).toMatch(/the key is not accepted[^]*make a new key/);
    expect(out).toContain('left: not in order');
    expect(line.right.owner()).toBeDefined();
  });

  it('says that a service is out of reach, and that the command is to be run again', async () => {
    line = createCommandLine();
    line.left.switches.checkError = new TransientError('The model cannot be reached.');
    const { code, out } = await line.say('provision', 'left');
    expect(code).toBe(1);
    expect(out).toMatch(/The model cannot be reached\.[^]*run the command again/);
  });

  it('leaves a slot alone that a run is at work on', async () => {
    line = createCommandLine();
    const other = openCatalog(join(line.folder, 'catalog.sqlite'), Date.now);
    const lease = other.leases.acquire(other.slots.live('left').map(({ id }) => `slot:${id}`));
    const { code, out } = await line.say('provision', '--apply', 'left');
    expect(code).not.toBe(0);
    expect(out).toContain('a run is at work on left');
    expect(line.left.owner()).toBeUndefined();
    if ('epoch' in lease) other.leases.release(lease);
    other.close();
  });

  it('shows what a destination stands on, lines for the configuration, and who needs which permission', async () => {
    surveyed(createCommandLine);
    const { out } = await line.say('provision', 'left');
    expect(out).toMatch(/✓ room\n +plenty/);
    expect(out).toContain('roomy: true');
    expect(out).toMatch(/Permissions of the role of Tributary\n\{\n +"allow"/);
    expect(out).toContain('tributary provision left --policy --for agents');
    await line.say('provision', '--apply');
    const settled = await line.say('provision', 'left');
    expect(settled.out).not.toContain('"allow"');
    expect(settled.out).toContain('tributary provision left --policy\n');
  });

  it('prints one policy and nothing else, and asks no service for it', async () => {
    surveyed(createCommandLine);
    line.left.switches.checkError = new Error('must not be asked');
    expect(JSON.parse((await line.say('provision', 'left', '--policy')).out)).toEqual({ allow: ['write'] });
    const agents = await line.say('provision', '--policy', '--for', 'agents');
    expect(JSON.parse(agents.out)).toEqual({ allow: ['read'] });
    line.left.switches.checkError = undefined;
    expect(JSON.parse((await line.say('provision', '--for', 'store')).out)).toEqual({ allow: ['keep'] });
    const unknown = await line.say('provision', '--policy', '--for', 'nobody');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.error).toContain('choose from: tributary, agents, store');
  });
});
