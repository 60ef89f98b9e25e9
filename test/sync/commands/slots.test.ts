import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestContext } from '../../../core/testing/context.ts';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
beforeEach(async () => {
  line = createCommandLine({ left: { slots: true }, right: { slots: true } });
  await line.say('sync');
});
afterEach(() => line.end());

describe('a reindex without downtime from the command line', () => {
  it('tells where each destination goes, how far that was verified, and what is left to do by hand', async () => {
    const { code, out, error } = await line.say('reindex', '--blue-green');
    expect([code, out.replace(/\d+ ms/, '7 ms')]).toEqual([
      0,
      `✓ Agents are led to the new slots

Destinations  from       to           documents  compared  questions found
left          slot main  slot main-2          3  seen as   3 of 3
right         slot main  slot main-2          3  seen as   3 of 3

The destinations led to different generations for at most 7 ms.
A service may lead some questions to the former slot for 0.5 s more.
To be pointed elsewhere by hand: agents that name the slot itself
  left: slot main → main-2
  right: slot main → main-2

    → The former slots get every change until \`tributary slots retire\`; \`tributary slots rollback\` leads back to them.
`,
    ]);
    expect(error).toContain('left: leading agents from slot main to slot main-2');
  });

  it('says with its exit code that agents are not led to the new slots, and goes on when told again', async () => {
    line.right.switches.reject = (change) => (change.id.endsWith(':a1') ? 'too odd' : undefined);
    const refused = await line.say('reindex', '--blue-green');
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('! Agents are still led to the old slots');
    expect(refused.out).toContain(
      'right (slot main-2): 1 document as they should be in the old slot and not in it',
    );
    expect((await line.say('status')).out).toContain('A reindex without downtime is under way since');
    line.right.switches.reject = undefined;
    await line.say('quarantine', 'retry', '--all');
    expect((await line.say('reindex', '--blue-green')).code).toBe(0);
    expect((await line.say('status')).out).not.toContain('under way');
  });

  it('stops before the cut-over when only asked to prepare, and names the slots wherever there are two', async () => {
    const prepared = await line.ask('reindex', '--blue-green', '--prepare-only');
    expect([prepared.code, prepared.json['phase']]).toEqual([0, 'fill']);
    expect((await line.say('slots')).out).toContain(
      `Destinations  slot         state                        held  open
left          slot main    active: agents are led here     3     0
left          slot main-2  being filled                    3     0`,
    );
    const check = (await line.say('check')).out;
    expect(check).toContain('left (slot main-2)');
    expect((await line.say('verify')).out).not.toContain('main-2');
    expect((await line.say('slots', 'abandon')).out).toContain('left: slot main-2, 3 documents');
    expect((await line.say('slots')).out).not.toContain('main-2');
  });

  it('leads back, and deletes the former slots only for good', async () => {
    await line.say('reindex', '--blue-green');
    const dry = await line.say('slots', 'rollback', '--dry-run');
    expect([dry.code, line.left.active()]).toEqual([0, 'main-2']);
    const back = await line.say('slots', 'rollback');
    expect([back.code, line.left.active()]).toEqual([0, 'main']);
    expect(back.out).toContain('✓ Agents are led to the former slots');
    expect((await line.say('slots', 'retire', '--dry-run')).out).toContain('right: slot main-2, 3 documents');
    expect(line.right.shape('main-2')).toBe('model-1');
    expect((await line.say('slots', 'retire')).code).toBe(0);
    expect(line.right.shape('main-2')).toBeUndefined();
    const none = await line.say('slots', 'rollback');
    expect([none.code, none.error]).toEqual([2, expect.stringContaining('SLOT_NONE')]);
  });

  it('is warned in a run, and by status, of a service that leads agents elsewhere', async () => {
    await line.say('reindex', '--blue-green');
    await (await line.left.connector.create({}, createTestContext(), 'main')).slots!.activate();
    const warning =
      '! left (slot main-2): the service leads agents to main, and the catalog knows of slot main-2 (SLOT_LED).\n' +
      '    → a pointer was moved by hand, or the catalog is an older one: move the pointer, or see `tributary slots`';
    const ran = await line.say('sync');
    expect([ran.code, ran.error]).toEqual([2, expect.not.stringContaining('error:')]);
    expect(ran.out).toMatch(/^! Run finished in /);
    expect(ran.out).toContain(warning);
    const status = await line.say('status');
    expect([status.code, status.out]).toEqual([0, expect.stringContaining(warning)]);
    const { json } = await line.ask('sync');
    expect(json['destinations']).toContainEqual(
      expect.objectContaining({ warning: expect.objectContaining({ code: 'SLOT_LED' }) as unknown }),
    );
  });

  it('refuses options that do not go together', async () => {
    for (const argv of [['--blue-green', '--id', 'x'], ['all', '--blue-green'], ['--prepare-only']])
      expect((await line.say('reindex', ...argv)).code).toBe(2);
  });
});
