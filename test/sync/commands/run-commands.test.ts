import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, TransientError } from '../../../core/contract/errors.ts';
import { stopReason } from '../../../sync/commands/exit-codes.ts';
import { accountsClose } from '../scenario.ts';
import { createCommandLine, type CommandLine } from './command-line.ts';
import type { RunReport } from '../../../core/observe/report.ts';

let line: CommandLine;
afterEach(() => line.end());

describe('tributary sync', () => {
  it('shows figures that add up, the report on stdout and progress on stderr', async () => {
    line = createCommandLine();
    const { code, out, error } = await line.say('sync');
    expect(code).toBe(0);
    expect(out).toMatch(/Run finished in .*: 6 written, 0 deleted/);
    expect(out).toMatch(/crm\.Account +3 +3/);
    expect(error).toContain('crm.Account: 3 read');
    expect(Math.max(...out.split('\n').map((one) => one.length))).toBeLessThanOrEqual(80);
  });

  it('answers --json with one document on stdout and nothing else there', async () => {
    line = createCommandLine();
    const { code, json } = await line.ask('sync');
    expect(code).toBe(0);
    expect(accountsClose(json as unknown as RunReport)).toEqual([]);
    expect(json).toMatchObject({
      dryRun: false,
      destinations: [
        { destination: 'left', written: 3, held: 3 },
        { destination: 'right', written: 3, held: 3 },
      ],
    });
  });

  it('changes nothing in a dry run, and a real run afterwards writes it all', async () => {
    line = createCommandLine();
    const { code, json } = await line.ask('sync', '--dry-run');
    expect(code).toBe(0);
    expect(json).toMatchObject({ dryRun: true, destinations: [{ written: 3 }, { written: 3 }] });
    expect(line.left.held().size + line.right.held().size).toBe(0);
    expect((await line.ask('sync')).json).toMatchObject({ destinations: [{ held: 3 }, { held: 3 }] });
  });

  it('composes no more than --limit asks for, and calls that no rejection', async () => {
    line = createCommandLine();
    const { code, json } = await line.ask('sync', '--limit', '1');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      destinations: [
        { written: 1, deferred: 2 },
        { written: 1, deferred: 2 },
      ],
    });
  });

  it('writes to the named destination alone', async () => {
    line = createCommandLine();
    expect((await line.say('sync', 'all', '--destination', 'right')).code).toBe(0);
    expect([line.left.held().size, line.right.held().size]).toEqual([0, 3]);
  });

  it('ends with 1 when a record or a document was quarantined, and says which', async () => {
    line = createCommandLine();
    line.crm.unreadable('Account', undefined, 'it has no key');
    line.right.switches.reject = (change) => (change.id.endsWith('a2') ? 'the plane refuses it' : undefined);
    const { code, out, error } = await line.say('sync');
    expect(code).toBe(1);
    expect(error).toContain('crm.Account (no key): quarantined: it has no key');
    expect(error).toContain('rejected: the plane refuses it');
    expect(out).toContain('1 record quarantined');
    const { json } = await line.ask('status');
    expect(json).toMatchObject({ quarantined: 2 });
  });

  it('ends with 1 when a document is above what a destination takes; the others are written', async () => {
    line = createCommandLine({ left: { limits: { maxDocumentBytes: 10 } } });
    const { code, json } = await line.ask('sync');
    expect(code).toBe(1);
    expect(json).toMatchObject({ destinations: [{ written: 0, quarantined: 3 }, { written: 3 }] });
    const { out } = await line.say('status');
    expect(out).toContain('Quarantine: 3 entries');
    expect(out).toMatch(/takes 10/);
  });

  it('ends with 2 when a person must act on one plane, and still writes the other', async () => {
    line = createCommandLine();
    line.left.switches.halt = 'the account is suspended';
    const { code, out } = await line.say('sync');
    expect(code).toBe(2);
    expect(out).toContain('left: the account is suspended');
    expect(line.right.held().size).toBe(3);
  });

  it('ends with 2 on wrong credentials, without a stack', async () => {
    line = createCommandLine();
    line.left.switches.checkError = new ConfigError('AUTH_REFUSED', 'the key is not accepted', {
      where: 'destinations.left',
      hint: 'look at the key',
    });
    const { code, out, error } = await line.say('sync');
    expect(code).toBe(2);
    expect(out).toMatch(
      /left: the key is not accepted \(AUTH_REFUSED\)\n +at .*connectors\.config\.yaml:\d+:3 \(destinations\.left\)/,
    );
    expect(out).toContain('→ look at the key');
    expect(out + error).not.toMatch(/^ +at \S+ \(.*\.ts:/m);
  });

  it('ends with 1 when a service is out of reach for now, and writes what it can', async () => {
    line = createCommandLine();
    line.left.switches.checkError = new TransientError('the plane does not answer');
    const { code, out } = await line.say('sync');
    expect(code).toBe(1);
    expect(out).toContain('left: the plane does not answer');
    expect(out).toContain('→ The next run tries again.');
    expect(line.right.held().size).toBe(3);
  });

  it('ends with 70 on a bug, and says so', async () => {
    line = createCommandLine();
    line.right.switches.checkError = new TypeError('undefined is not a function');
    const { code, out } = await line.say('sync');
    expect(code).toBe(70);
    expect(out).toContain('Please report it.');
  });

  it('stops gracefully when told to: what is under way is finished, and the next run goes on', async () => {
    line = createCommandLine();
    const controller = new AbortController();
    line.crm.switches.onPage = (stream) => {
      if (stream === 'Account') controller.abort(stopReason('SIGTERM'));
    };
    const { code, out } = await line.sayWith({ signal: controller.signal }, 'sync', '--json');
    expect(code).toBe(143);
    expect(JSON.parse(out)).toMatchObject({ destinations: [{ deferred: 0 }, {}] });
    line.crm.switches.onPage = undefined;
    expect((await line.ask('sync')).json).toMatchObject({ destinations: [{ held: 3 }, { held: 3 }] });
  });

  it('refuses a pipeline, destination or number that is none', async () => {
    line = createCommandLine();
    expect(await line.say('sync', 'nope')).toMatchObject({ code: 2, out: '' });
    expect((await line.say('sync', '-d', 'nope')).error).toContain('choose from: left, right');
    expect((await line.say('sync', '--limit', 'many')).error).toContain('It must be a number from 1.');
  });
});

describe('tributary reindex', () => {
  it('writes documents again without reading the sources', async () => {
    line = createCommandLine();
    await line.say('sync');
    line.right.resetCounts();
    const asked = line.crm.calls.filter((call) => call.method === 'read').length;
    const { code, json } = await line.ask('reindex', '--kind', 'account', '--destination', 'right');
    expect(code).toBe(0);
    expect(json).toMatchObject({ documents: { right: 3 }, run: { destinations: [{ written: 3 }] } });
    expect(line.right.counts.writes).toBe(3);
    expect(line.crm.calls.filter((call) => call.method === 'read').length).toBe(asked);
  });

  it('says in a dry run how many that would be', async () => {
    line = createCommandLine();
    await line.say('sync');
    const { code, out } = await line.say('reindex', '--dry-run');
    expect([code, out]).toEqual([
      0,
      'left: 3 documents would be written again\nright: 3 documents would be written again\n',
    ]);
    expect((await line.say('reindex', '--id', 'acme:account:model:m:Account:zz')).code).toBe(2);
    expect((await line.say('reindex', '--kind', 'nope')).error).toContain('choose from: account');
  });
});

describe('tributary verify', () => {
  it('ends with 0 when the planes hold the same, with its grades named', async () => {
    line = createCommandLine({ left: { fingerprints: false } });
    await line.say('sync');
    const { code, out } = await line.say('verify');
    expect(code).toBe(0);
    expect(out).toContain('2 planes hold the same documents in the same versions');
    expect(out).toMatch(/left .* accepted as\nright .* seen as/);
  });

  it('ends with 1 on a difference and names it; --repair writes it', async () => {
    line = createCommandLine();
    await line.say('sync');
    const [id] = line.right.held().keys();
    line.right.tamper({ id: id!, gone: true });
    const found = await line.say('verify', '--destination', 'right');
    expect(found.code).toBe(1);
    expect(found.out).toContain(`right: missing\n  ${id}`);
    const repaired = await line.ask('verify', '--repair');
    expect(repaired.code).toBe(0);
    expect(line.right.held().size).toBe(3);
    expect(await line.ask('verify')).toMatchObject({ code: 0, json: { verified: true, divergent: 0 } });
  });
});
