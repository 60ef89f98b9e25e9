import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../core/observe/report.ts';
import { createRecordingLog, createTestClock } from '../../core/testing/index.ts';
import { runSchedules, type Schedule } from '../../sync/schedule.ts';

const report = (run: string): RunReport => ({
  run,
  startedAt: '2026-01-01T00:00:00.000Z',
  seconds: 1,
  dryRun: false,
  streams: [],
  kinds: [],
  joins: [],
  destinations: [],
});

/** Runs schedules on a clock that only sleeping and running move; each run takes so many minutes. */
async function play(
  pipelines: readonly Schedule[],
  options: { from: string; minutes: number; runMinutes?: Readonly<Record<string, number>>; fail?: string },
) {
  const clock = createTestClock(Date.parse(options.from));
  const end = clock.now() + options.minutes * 60_000;
  const controller = new AbortController();
  const log = createRecordingLog();
  const started: string[] = [];
  const tick = (): void => {
    if (clock.now() >= end) controller.abort();
  };
  await runSchedules({
    pipelines,
    once: false,
    run: async (pipeline) => {
      started.push(`${new Date(clock.now()).toISOString().slice(11, 16)} ${pipeline}`);
      clock.advance((options.runMinutes?.[pipeline] ?? 0) * 60_000);
      tick();
      if (options.fail === pipeline) throw new Error('out of order');
      return report(pipeline);
    },
    log,
    now: clock.now,
    sleep: async (ms) => {
      clock.advance(ms);
      tick();
    },
    signal: controller.signal,
  });
  return { started, log: log.lines.map((one) => `${one.level} ${one.message}`) };
}

const every = (minutes: number, name: string): Schedule => ({
  name,
  cron: `*/${minutes} * * * *`,
  timeZone: 'UTC',
});

describe('schedules', () => {
  it('run each pipeline at its times', async () => {
    const { started } = await play([every(15, 'a'), every(20, 'b')], {
      from: '2026-01-01T00:01:00Z',
      minutes: 45,
    });
    expect(started).toEqual(['00:15 a', '00:20 b', '00:30 a', '00:40 b', '00:45 a']);
  });

  it('read their expression in their time zone', async () => {
    const zone = { name: 'a', cron: '0 6 * * *', timeZone: 'Europe/Amsterdam' };
    const winter = await play([zone], { from: '2026-01-10T00:00:00Z', minutes: 1440 });
    const summer = await play([zone], { from: '2026-07-10T00:00:00Z', minutes: 1440 });
    expect([winter.started, summer.started]).toEqual([['05:00 a'], ['04:00 a']]);
  });

  it('skip a pipeline that comes due while its own run is under way, and say so', async () => {
    const { started, log } = await play([every(10, 'a')], {
      from: '2026-01-01T00:01:00Z',
      minutes: 60,
      runMinutes: { a: 25 },
    });
    expect(started).toEqual(['00:10 a', '00:40 a']);
    expect(log).toContain('warn a: 2 due runs skipped, since the one before was still at work');
  });

  it('run one after another, never two at once; one that waited runs once', async () => {
    const { started } = await play([every(10, 'a'), every(60, 'b')], {
      from: '2026-01-01T00:55:00Z',
      minutes: 40,
      runMinutes: { b: 22 },
    });
    expect(started).toEqual(['01:00 a', '01:00 b', '01:22 a', '01:30 a']);
  });

  it('go on after a run that failed', async () => {
    const { started, log } = await play([every(10, 'a')], {
      from: '2026-01-01T00:01:00Z',
      minutes: 30,
      fail: 'a',
    });
    expect(started).toHaveLength(3);
    expect(log).toContain('error a: run failed: Error: out of order');
  });

  it('begin nothing after they were told to stop', async () => {
    const { started } = await play([every(10, 'a'), every(10, 'b')], {
      from: '2026-01-01T00:09:00Z',
      minutes: 2,
      runMinutes: { a: 5 },
    });
    expect(started).toEqual(['00:10 a']);
  });

  it('come at their times again when the clock was set back, at once and not when it has caught up', async () => {
    const clock = createTestClock(Date.parse('2026-01-01T12:01:00Z'));
    const controller = new AbortController();
    const started: string[] = [];
    await runSchedules({
      pipelines: [every(15, 'a')],
      once: false,
      run: async (pipeline) => {
        started.push(new Date(clock.now()).toISOString().slice(11, 16));
        if (started.length === 1) clock.advance(-6 * 3_600_000);
        if (started.length === 3) controller.abort();
        return report(pipeline);
      },
      log: createRecordingLog(),
      now: clock.now,
      sleep: async (ms) => clock.advance(ms),
      signal: controller.signal,
    });
    expect(started).toEqual(['12:15', '06:30', '06:45']);
  });
});
