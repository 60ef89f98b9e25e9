import { expect, test } from 'vitest';
import type { RunEvent } from '../../../core/observe/events.ts';
import { createProgress, type Progress } from '../../../core/observe/progress.ts';
import { noStreamCounts } from '../../../core/observe/report.ts';
import { createScreen, type Screen } from './screen.ts';
import { exampleEvents } from './example-run.ts';

interface Shown {
  readonly screen: Screen;
  readonly progress: Progress;
  play(events?: typeof exampleEvents): void;
  tick(ms: number): void;
  running(): boolean;
}
function show(options: { isTTY: boolean; columns?: number; rows?: number; colors?: boolean }): Shown {
  const columns = options.columns ?? 100;
  const screen = createScreen(columns);
  let time = 0;
  let timer: (() => void) | undefined;
  const progress = createProgress({
    stream: { write: screen.write, columns, rows: options.rows ?? 24 },
    isTTY: options.isTTY,
    colors: options.colors ?? false,
    now: () => time,
    every(_ms, action) {
      timer = action;
      return () => (timer = undefined);
    },
  });
  return {
    screen,
    progress,
    play(events = exampleEvents) {
      for (const [waitMs, event] of events) {
        time += waitMs;
        progress(event);
      }
    },
    tick(ms) {
      time += ms;
      timer?.();
    },
    running: () => timer !== undefined,
  };
}

test('in a terminal every stream and destination has one line, redrawn in place', () => {
  const { screen, play, tick } = show({ isTTY: true });
  play(exampleEvents.slice(0, 3));
  expect(screen.lines().map((line) => line.slice(2, 17).trim())).toEqual([
    'crm.Account',
    'crm.Opportunity',
    'knowledge-base',
    'search',
  ]);
  expect(screen.lines()[0]).toContain('100 read  100 new');
  expect(screen.lines()[2]).toContain('waiting');
  play(exampleEvents.slice(3, 5));
  tick(2000);
  expect(screen.lines()).toHaveLength(4);
  expect(screen.lines()[0]).toContain('900 read  900 new · 70/s');
});

test('bars show what is done, what is to go and about how long it takes', () => {
  const { screen, play } = show({ isTTY: true, columns: 120 });
  play(exampleEvents.slice(0, -2));
  const bar = screen.lines().find((line) => line.includes('knowledge-base'));
  expect(bar).toContain('██████████░░░░░░░░░░  50 %  100 written · 100 to go · 9/s · about 11 s left');
});

test('the last frame stays, with what needs attention above it, and the timer is gone', () => {
  const { screen, play, running } = show({ isTTY: true, columns: 110 });
  play();
  expect(running()).toBe(false);
  expect(screen.lines()).toEqual([
    'crm.Account a7: quarantined: too large',
    'crm.Opportunity: stopped: Opportunity has no field Foo__c. (UNKNOWN_FIELD) → Remove it from the list.',
    'deal: waits for crm.Opportunity',
    'search demo:account:1: rejected: vector too short',
    '✓ crm.Account          1,200 read  1,199 new · 1 quarantined · 12 s',
    '✗ crm.Opportunity          0 read  Opportunity has no field Foo__c.',
    '✓ documents              100 composed',
    '! knowledge-base   ██████████████████░░  90 %  180 written · 20 left for the next run · 1 min 00 s',
    '! search           ███████████████████░  99 %  198 written · 1 quarantined · 1 left for the next run · 3.0 s',
  ]);
});

test('no more than ten frames a second are drawn, however many events arrive', () => {
  const { screen, play } = show({ isTTY: true });
  const page = exampleEvents[2]![1];
  play([exampleEvents[0]!, ...Array.from({ length: 1000 }, () => [1, page] as const)]);
  expect(screen.writes.length).toBeLessThanOrEqual(11);
  expect(screen.writes.length).toBeGreaterThanOrEqual(9);
});

test.each([20, 39, 59, 80])('no line is wider than a terminal of %i columns', (columns) => {
  const { screen, play } = show({ isTTY: true, columns, colors: true });
  play(
    exampleEvents.filter(([, event]) => !/quarantined|rejected|waiting/.test(event.type)).filter(noProblem),
  );
  expect(screen.lines()).toHaveLength(5);
  expect(screen.wraps()).toBe(0);
});
const noProblem = ([, event]: readonly [number, RunEvent]): boolean => !('error' in event);

test('on a low terminal the lines that move are kept, and all return at the end', () => {
  const { screen, play } = show({ isTTY: true, rows: 4 });
  play(exampleEvents.slice(0, 5));
  expect(screen.lines()).toEqual([
    expect.stringContaining('crm.Account'),
    expect.stringContaining('crm.Opportunity'),
    '  … and 2 more',
  ]);
  play(exampleEvents.slice(-1));
  expect(screen.lines()).toHaveLength(4);
});

test('a log line printed meanwhile stands above the bars', () => {
  const { screen, play, progress } = show({ isTTY: true });
  play(exampleEvents.slice(0, 3));
  progress.print('12:00:01 warn  Waiting.\nTwice.');
  expect(screen.lines().slice(0, 3)).toEqual([
    '12:00:01 warn  Waiting.',
    'Twice.',
    expect.stringContaining('crm.Account'),
  ]);
  progress.close();
  progress.print('after');
  expect(screen.lines().at(-1)).toBe('after');
});

test('colours can be switched off altogether', () => {
  const { screen, play } = show({ isTTY: true, colors: false });
  play();
  expect(screen.writes.join('')).not.toMatch(/\x1b\[\d+m/);
});

test('without a terminal there are plain lines at the turning points and every ten seconds', () => {
  const { screen, play } = show({ isTTY: false });
  play();
  expect(screen.writes.join('')).toBe(
    [
      'crm.Account: 900 read so far',
      'crm.Account a7: quarantined: too large',
      'crm.Account: 1,200 read (1,199 new, 0 changed, 0 deleted) in 11 s',
      'crm.Opportunity: stopped: Opportunity has no field Foo__c. (UNKNOWN_FIELD) → Remove it from the list.',
      'deal: waits for crm.Opportunity',
      'knowledge-base: 100 written, 0 deleted, 100 to go',
      'search demo:account:1: rejected: vector too short',
      'knowledge-base: 180 written, 0 deleted, 0 unchanged, 180 held after 1 min 00 s',
      'search: 198 written, 0 deleted, 0 unchanged, 199 held after 3.0 s',
      '',
    ].join('\n'),
  );
});

test('a stream that comes in one page is told with the time that it took', () => {
  const { screen, play } = show({ isTTY: false });
  const stream = 'crm.Account';
  const counts = { ...noStreamCounts(), read: 5, new: 5 };
  play([
    [0, { type: 'stream-started', stream }],
    [1500, { type: 'page-pulled', stream, counts }],
    [0, { type: 'stream-finished', stream, counts }],
  ]);
  expect(screen.lines()).toEqual(['crm.Account: 5 read (5 new, 0 changed, 0 deleted) in 1.5 s']);
});

test('a flood of bad records is named five times and then counted', () => {
  const { screen, play } = show({ isTTY: false });
  const bad = exampleEvents[5]!;
  play([exampleEvents[0]!, ...Array.from({ length: 100 }, () => bad)]);
  expect(screen.lines()).toHaveLength(6);
  expect(screen.lines().at(-1)).toBe('crm.Account: and more like these; the report counts them');
});

test('a broken output never stops the run', () => {
  const progress = createProgress({
    stream: {
      write() {
        throw new Error('EPIPE');
      },
    },
    isTTY: true,
    every: () => () => {},
  });
  for (const [, event] of exampleEvents) expect(() => progress(event)).not.toThrow();
});
