import { createRequire } from 'node:module';
import { afterEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../core/contract/json.ts';
import { decoder, exactNumber } from '../../../connectors/snowflake/columns.ts';
import type { Bench } from './bench.ts';
import { openBench, readAll, streamOf } from './bench.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

/** Reads one column of Snowflake type `type` that holds `values`. */
async function roundTrip(type: string, values: readonly Json[]): Promise<(Json | undefined)[]> {
  bench = await openBench(
    [
      {
        name: 'T.S.VALUES_',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'integer' },
          { name: 'V', type: ['VARIANT', 'OBJECT', 'ARRAY', 'VECTOR'].includes(type) ? 'json' : 'text' },
        ],
        rows: values.map((value, index) => ({ ID: index, V: value })),
      },
    ],
    { types: { 'T.S.VALUES_': { V: type } } },
  );
  const source = await bench.connect();
  const pages = await readAll(source, streamOf('values', ['V'], { table: 'T.S.VALUES_', key: ['ID'] }));
  return pages
    .flatMap((page) => page.records)
    .sort((left, right) => Number(left.key) - Number(right.key))
    .map((record) => record.data['V']);
}

describe('a Snowflake value arrives as JSON without losing anything', () => {
  test.each<[string, readonly Json[], readonly Json[]]>([
    [
      'NUMBER(38,0)',
      [0, -7, '9007199254740991', '9007199254740993', '-99999999999999999999999999999999999999', null],
      [0, -7, 9007199254740991, '9007199254740993', '-99999999999999999999999999999999999999', null],
    ],
    [
      'NUMBER(38,4)',
      ['12.5', '-0.0001', '0', '1234567890123456789.1234', '99999999999.9999'],
      [12.5, -0.0001, 0, '1234567890123456789.1234', 99999999999.9999],
    ],
    ['FLOAT', [1.5, -2e300, 0.1, 'inf', '-inf', 'NaN', null], [1.5, -2e300, 0.1, 'inf', '-inf', 'NaN', null]],
    ['BOOLEAN', [true, false, null], [true, false, null]],
    ['VARCHAR', ['', 'Zürich ☃ "quoted" \\ \n', 'NULL', null], ['', 'Zürich ☃ "quoted" \\ \n', 'NULL', null]],
    [
      'DATE',
      ['1969-12-31', '2026-02-28', '0001-01-01', null],
      ['1969-12-31', '2026-02-28', '0001-01-01', null],
    ],
    ['TIME', ['23:59:59.123456789', '00:00:00'], ['23:59:59.123456789', '00:00:00.000']],
    [
      'TIMESTAMP_NTZ(9)',
      ['2026-01-15T12:00:00.123456789', '1969-12-31T23:59:59.000000001', '2026-01-15T12:00:00'],
      ['2026-01-15T12:00:00.123456789', '1969-12-31T23:59:59.000000001', '2026-01-15T12:00:00.000'],
    ],
    [
      'TIMESTAMP_TZ(9)',
      [
        '2026-01-15T12:00:00.5+02:00',
        '2026-07-15T12:00:00Z',
        '2026-01-15T00:30:00.123456789-09:30',
        '1969-12-31T23:59:59.999999999+00:00',
        null,
      ],
      [
        '2026-01-15T10:00:00.500Z',
        '2026-07-15T12:00:00.000Z',
        '2026-01-15T10:00:00.123456789Z',
        '1969-12-31T23:59:59.999999999Z',
        null,
      ],
    ],
    [
      'TIMESTAMP_LTZ(9)',
      ['2026-07-15T12:00:00.0001Z', '2026-01-15T12:00:00.123456789Z', null],
      ['2026-07-15T12:00:00.0001Z', '2026-01-15T12:00:00.123456789Z', null],
    ],
    [
      'BINARY',
      ['00FFA0', '', 'DEADBEEF00', '0D0A27225C', null],
      ['00FFA0', '', 'DEADBEEF00', '0D0A27225C', null],
    ],
    [
      'VARIANT',
      [{ plan: 'Pro', seats: [1, 2.5, null], nested: { on: true } }, 'text', 7, [], null],
      [{ plan: 'Pro', seats: [1, 2.5, null], nested: { on: true } }, 'text', 7, [], null],
    ],
    ['OBJECT', [{ plan: 'Pro' }, {}, null], [{ plan: 'Pro' }, {}, null]],
    ['ARRAY', [[1, 'two', null], []], [[1, 'two', null], []]],
    [
      'VECTOR',
      [[1.5, -2], [0.1, 3.4028235e38, 1e-7], [1, 2, 3], null],
      [[1.5, -2], [0.1, 3.4028235e38, 1e-7], [1, 2, 3], null],
    ],
    [
      'GEOGRAPHY',
      [
        'POINT(7.44 46.95)',
        'POLYGON((0 0,1.123456789012345 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))',
        null,
      ],
      [
        'POINT(7.44 46.95)',
        'POLYGON((0 0,1.123456789012345 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))',
        null,
      ],
    ],
  ])('%s', async (type, given, expected) => {
    expect(await roundTrip(type, given)).toEqual(expected);
  });

  test('a number stays a number only where a double carries every digit', () => {
    for (const text of [
      '0.1',
      '123456789012345',
      '-9007199254740991',
      '1e300',
      '0.00012',
      '100.00',
      '12345678901234.5',
    ])
      expect(exactNumber(text)).toBe(Number(text));
    for (const text of ['9007199254740992', '0.1234567890123456', '1234567890.12345678'])
      expect(exactNumber(text)).toBe(text);
  });
});

describe('a VARIANT', () => {
  test('is never evaluated as JavaScript, and one that is no JSON makes its record unreadable', async () => {
    bench = await openBench([
      {
        name: 'T.S.VALUES_',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'integer' },
          { name: 'V', type: 'json' },
        ],
        rows: [
          { ID: 1, V: { fine: true } },
          { ID: 2, V: 'marker' },
        ],
      },
    ]);
    const payload = 'globalThis.evaluatedByTheDriver = true, {}';
    const asVariant = JSON.stringify(payload);
    bench.emulator.server.fault({
      when: (request) => request.body.includes('TO_JSON'),
      effect: {
        kind: 'change',
        change: (reply) => {
          const text = JSON.stringify(reply.body);
          return {
            ...reply,
            body: text
              .replace(JSON.stringify(JSON.stringify('marker')), asVariant)
              .replaceAll('"type":"text"', '"type":"variant"'),
            headers: { 'content-type': 'application/json' },
          };
        },
      },
    });
    const source = await bench.connect();
    const stream = streamOf('values', ['V'], { table: 'T.S.VALUES_', key: ['ID'] });
    const [page] = await readAll(source, stream);
    expect(page!.records.map((record) => record.data)).toEqual([{ V: { fine: true } }]);
    expect(page!.unreadable).toEqual([
      {
        key: '2',
        reason: 'Column V does not hold valid JSON.',
        payload: { ID: '2', V: expect.any(String) },
      },
    ]);
    expect(globalThis).not.toHaveProperty('evaluatedByTheDriver');
  });

  test('that is neither JSON nor XML does not take the process with it', async () => {
    bench = await openBench([
      {
        name: 'T.S.VALUES_',
        key: ['ID'],
        columns: [
          { name: 'ID', type: 'integer' },
          { name: 'V', type: 'json' },
        ],
        rows: [
          { ID: 1, V: 'marker' },
          { ID: 2, V: [1] },
        ],
      },
    ]);
    bench.emulator.faults.hostileVariant('<a>{ no: json', 'marker');
    const source = await bench.connect();
    const pages = await readAll(source, streamOf('values', ['V'], { table: 'T.S.VALUES_', key: ['ID'] }));
    expect(pages.flatMap((page) => page.records)).toEqual([{ key: '2', data: { V: [1] } }]);
    expect(pages.flatMap((page) => page.unreadable ?? [])).toMatchObject([{ key: '1' }]);
  });

  test('that is XML stays text for the whole process', async () => {
    bench = await openBench([]);
    await (await bench.connect()).identity();
    const settings = createRequire(import.meta.url)('snowflake-sdk/dist/lib/global_config.js') as Record<
      string,
      (text: string) => unknown
    >;
    for (const parser of ['xmlColumnVariantParser', 'jsonColumnVariantParser'])
      expect(settings[parser]!('<a>1</a>')).toBe('<a>1</a>');
  });

  test('keeps the digits of large numbers inside it', () => {
    const variant = { name: 'V', dataType: 'VARIANT', scale: undefined, nullable: true, comment: undefined };
    const text = '{"id":9007199254740993,"n":1.5,"at":"9007199254740993"}';
    expect(decoder(variant)(text)).toEqual({ id: '9007199254740993', n: 1.5, at: '9007199254740993' });
  });
});
