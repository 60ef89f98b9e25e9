import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCompanyProcess, type CompanyProcess } from './company-process.ts';

let company: CompanyProcess;
beforeEach(() => (company = createCompanyProcess()));
afterEach(() => company.end());

describe('beside a run that waits for a service', () => {
  it('others look, and are told that it is busy when they want to work; stopped, it ends in time and in doubt', async () => {
    const running = company.hang();
    await running.hangs;
    const status = company.say('status', '--json');
    expect([status.code, status.error]).toEqual([0, '']);
    expect(JSON.parse(status.out)).toMatchObject({ streams: expect.any(Array) });
    const shown = company.say('show', 'account/a1');
    expect([shown.code, shown.error]).toEqual([0, '']);
    for (const verb of [['sync'], ['verify'], ['reindex']]) {
      const refused = company.say(...verb, '--no-progress');
      expect(refused.code, verb[0]).toBe(75);
      expect(refused.error).toMatch(/run is at work on .*process \d+.*\(BUSY\)\n {2}→ /);
    }
    running.child.kill('SIGTERM');
    const { code, error } = await running.ended;
    expect([code, error]).toEqual([143, expect.stringContaining('A service does not answer. Ended')]);
    const next = company.say('sync', '--no-progress');
    expect([next.code, next.error]).toEqual([0, '']);
    expect(company.isRight()).toBe(true);
  });

  it('a second signal ends it at once', async () => {
    const running = company.hang();
    await running.hangs;
    running.child.kill('SIGINT');
    running.child.kill('SIGTERM');
    const { code, error } = await running.ended;
    expect([130, 143]).toContain(code);
    expect(error).not.toContain('does not answer');
    expect(company.say('sync', '--no-progress').code).toBe(0);
    expect(company.isRight()).toBe(true);
  });
});
