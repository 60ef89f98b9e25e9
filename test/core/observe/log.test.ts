import { expect, test } from 'vitest';
import { createLog, type LogOptions } from '../../../core/observe/log.ts';

const now = (): number => Date.UTC(2026, 0, 15, 12, 0, 1);
function lines(options: LogOptions, use: (log: ReturnType<typeof createLog>) => void): string[] {
  const written: string[] = [];
  use(createLog({ now, colors: false, write: (line) => void written.push(line), ...options }));
  return written;
}

test('text is one line for a person: time, level, sentence, fields', () => {
  const [line] = lines({}, (log) =>
    log.warn('Waiting for the service.', { waitMs: 500, why: 'too many requests' }),
  );
  expect(line).toBe('12:00:01 warn  Waiting for the service. waitMs=500 why="too many requests"');
});

test('json is one object a line for machines, and fields cannot replace what the log says', () => {
  const [line] = lines({ format: 'json' }, (log) =>
    log.info('Two\nlines', { level: 'fake', count: 3, gone: undefined }),
  );
  expect(JSON.parse(line!)).toEqual({
    count: 3,
    time: '2026-01-15T12:00:01.000Z',
    level: 'info',
    message: 'Two\nlines',
  });
  expect(line).not.toContain('\n');
});

test('less important lines than the level are left out', () => {
  const all = (log: ReturnType<typeof createLog>): void => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
  };
  expect(lines({ level: 'warn' }, all)).toHaveLength(2);
  expect(lines({ level: 'silent' }, all)).toEqual([]);
  expect(lines({}, all)).toHaveLength(3);
});

test('a known secret is masked wherever and however it occurs', () => {
  const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----';
  const redact = ['s3cret/value+', '123456', key, ''];
  for (const format of ['text', 'json'] as const) {
    const written = lines({ format, redact }, (log) => {
      log.error('Refused s3cret/value+ at https://x.example?token=s3cret%2Fvalue%2B', { code: 123456 });
      log.error(`Key ${key} or MIIEvQIBADANBgkqhkiG9w0`, { header: `Basic ${btoa('s3cret/value+')}` });
    }).join('\n');
    for (const form of ['s3cret', '123456', 'MIIEvQ', btoa('s3cret/value+')])
      expect(written).not.toContain(form);
    expect(written).toContain('https://x.example?token=***');
  }
});

test('secrets that become known later are masked from then on', () => {
  const redact: string[] = [];
  const written = lines({ redact }, (log) => {
    redact.push('tomorrow');
    log.info('The token is tomorrow');
  });
  expect(written[0]).toContain('The token is ***');
});

test('it never throws, whatever it is given and wherever it writes', () => {
  const hostile = { toString: () => { throw new Error('no'); } } as never; // prettier-ignore
  expect(lines({}, (log) => log.info('odd', { hostile, big: 10n as never }))).toEqual([]);
  const log = createLog({ write: () => { throw new Error('disk full'); } }); // prettier-ignore
  expect(() => log.error('lost')).not.toThrow();
});

test('text from elsewhere cannot break the line or paint the terminal', () => {
  const [line] = lines({}, (log) => log.info('a\nb\x1b[31mc', { reason: 'x\r\ny' }));
  expect(line).toBe('12:00:01 info  a bc reason="x y"');
});
