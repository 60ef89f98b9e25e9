import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/contract/errors.ts';
import { createCommandLine, type CommandLine } from './command-line.ts';

let line: CommandLine;
afterEach(() => line.end());

describe('tributary check', () => {
  it('shows sources, destinations with what a run would change there, and kinds', async () => {
    line = createCommandLine();
    const { code, out } = await line.say('check');
    expect(code).toBe(0);
    expect(out).toMatch(/✓ crm +Model.* 4 streams/);
    expect(out).toMatch(/✓ left .*stateful plane\n +create /);
    expect(out).toContain('✓ account: templates, joins and access are in order');
    expect(out).toContain('All is in order; the next run makes 2 changes to the planes first');
  });

  it('shows how well joins match once there was a run', async () => {
    line = createCommandLine();
    await line.say('sync');
    expect((await line.say('check')).out).toMatch(/account ← contacts +2 of 3 +67 %/);
    expect((await line.ask('check')).json).toMatchObject({ ok: true, checked: [{}, {}, {}, {}, {}] });
  });

  it('ends with 2 and tells each problem once when a source refuses', async () => {
    line = createCommandLine();
    line.crm.switches.checkError = new ConfigError('AUTH_REFUSED', 'the user may not log in', {
      hint: 'ask',
    });
    const { code, out } = await line.say('check');
    expect(code).toBe(2);
    expect(out.match(/the user may not log in/g)).toHaveLength(1);
    expect(out).toContain('crm: not in order');
  });

  it('names a plane that another installation owns', async () => {
    line = createCommandLine();
    await line.say('sync');
    line.configure(`catalog: { path: other.sqlite }\n${line.yaml}`);
    const { code, out } = await line.say('check');
    expect(code).toBe(2);
    expect(out).toContain('it belongs to another installation');
    expect((await line.say('sync')).code).toBe(2);
    expect((await line.say('sync', '--adopt')).code).toBe(0);
  });
});

describe('tributary discover', () => {
  it('lists streams, and the fields of those named', async () => {
    line = createCommandLine();
    const all = await line.say('discover');
    expect(all.code).toBe(0);
    expect(all.out).toMatch(/crm +fields +key/);
    expect(all.out).toMatch(/warehouse +fields/);
    const one = await line.say('discover', 'crm', 'Account');
    expect(one.out).toMatch(/crm Account/);
    expect(one.out).toMatch(/ {2}Industry/);
    expect(one.out).not.toContain('warehouse');
  });

  it('gives full descriptions with --json', async () => {
    line = createCommandLine();
    const { json } = await line.ask('discover', 'crm', 'Deal');
    expect(json).toMatchObject({ sources: [{ source: 'crm', streams: [{ name: 'Deal' }] }] });
  });

  it('refuses an unknown source or stream', async () => {
    line = createCommandLine();
    expect((await line.say('discover', 'nope')).error).toContain('choose from: crm, warehouse');
    expect((await line.say('discover', 'crm', 'Nope')).code).toBe(2);
  });
});

describe('tributary status', () => {
  it('says what the catalog knows, before and after the first run', async () => {
    line = createCommandLine();
    const before = await line.say('status');
    expect(before.code).toBe(0);
    expect(before.out).toContain('never read');
    expect(before.out).toContain('No run yet');
    await line.say('sync');
    const after = await line.say('status');
    expect(after.out).toMatch(/crm\.Account +3 /);
    expect(after.out).toMatch(/account +3\n/);
    expect(after.out).toMatch(/left +3 +0 +0/);
    expect((await line.ask('status')).json).toMatchObject({ quarantined: 0, documents: { account: 3 } });
  });
});

describe('tributary show', () => {
  it('shows a document with its header, its body, where each part comes from and who holds it', async () => {
    line = createCommandLine();
    await line.say('sync');
    const { code, out } = await line.say('show', 'account/a1');
    expect(code).toBe(0);
    expect(out).toMatch(/^Alder\nid +acme:account:model:/);
    expect(out).toMatch(/access +everyone \(the demo data is not secret\)/);
    expect(out).toContain('Alder is looked after by Uma.');
    expect(out).toMatch(/owner +model User u1/);
    expect(out).toMatch(/usage +model-warehouse usage u1/);
    expect(out).toMatch(/left .* settled\nright .* settled/);
  });

  it('finds a document by its id, and by its record key alone', async () => {
    line = createCommandLine();
    await line.say('sync');
    const [id] = line.right.held().keys();
    const byId = await line.ask('show', id!);
    expect(byId.json).toMatchObject({ status: 'composed', document: { id }, holdings: [{}, {}] });
    expect((await line.ask('show', 'a1')).json).toMatchObject({ kind: 'account', key: 'a1' });
  });

  it('shows a document before any plane has been told of it', async () => {
    line = createCommandLine();
    line.left.switches.halt = line.right.switches.halt = 'closed today';
    await line.say('sync');
    const { code, out } = await line.say('show', 'a1');
    expect(code).toBe(0);
    expect(out).toContain('Alder is looked after by Uma.');
    expect(out).toMatch(/left +\S+ +nothing +the next run brings it there/);
  });

  it('ends with 2 when there is no such document', async () => {
    line = createCommandLine();
    const { code, error } = await line.say('show', 'a1');
    expect(code).toBe(2);
    expect(error).toContain('the catalog has no document a1');
  });
});

describe('tributary ask', () => {
  it('keeps a portable filter on both planes, and refuses one that it cannot read', async () => {
    line = createCommandLine();
    await line.say('sync');
    const ask = async (where: unknown) => {
      const given = typeof where === 'string' ? where : JSON.stringify(where);
      const { code, json, error } = await line.ask('ask', 'looked after', '--where', given);
      const { answers = [] } = (json ?? {}) as { answers?: { hits: { title: string }[] }[] };
      return { code, error, titles: answers.map((one) => one.hits.map((hit) => hit.title).sort()) };
    };
    const a1 = { op: 'eq', field: 'origin_key', value: 'a1' };
    expect((await ask(a1)).titles).toEqual([['Alder'], ['Alder']]);
    const others = (await ask({ op: 'not', filter: a1 })).titles;
    expect(others[0]).toHaveLength(2);
    expect(others[0]).not.toContain('Alder');
    expect(others[1]).toEqual(others[0]);
    for (const wrong of ['kind=account', '{"op":"eq","field":"kind"}', '{"op":"like"}'])
      expect((await ask(wrong)).code).toBe(2);
    expect((await line.say('ask', 'x', '--where', '{')).error).toContain('The filter is not JSON');
  });

  it('puts one question to both planes and marks what both found', async () => {
    line = createCommandLine();
    await line.say('sync');
    const { code, out } = await line.say('ask', 'Alder', 'looked', 'after', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toMatch(/left \(stateful plane\)\n= 1\. Alder/);
    expect(out).toMatch(/right \(stateless plane\)\n= 1\. Alder/);
    expect(out).toContain('found on every plane');
    const { json } = await line.ask('ask', 'Alder');
    expect(json).toMatchObject({
      question: 'Alder',
      answers: [{ plane: 'stateful' }, { plane: 'stateless' }],
    });
    expect(json['shared']).toContainEqual(expect.stringContaining(':a1'));
  });

  it('refuses an empty question', async () => {
    line = createCommandLine();
    expect((await line.say('ask', ' ')).code).toBe(2);
  });
});
