import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openBench, settle, writesOf, type Bench } from './bench.ts';

describe('Reading documents back', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  test('finds the metadata of what was written to be the same, through Retrieve', async () => {
    const changes = writesOf('1', '2', '3');
    for (const change of changes) await settle(bench, change);
    expect(await bench.destination.readBack!(changes)).toEqual(changes.map(() => ({ status: 'same' })));
  });

  test('names the fields that are not as they would be written', async () => {
    const [change] = writesOf('1');
    await settle(bench, change!);
    const document = { ...change!.document, version: 'another-one1', trust: 'external' as const };
    expect(await bench.destination.readBack!([{ ...change!, document }])).toEqual([
      { status: 'different', fields: ['trust', 'version'] },
    ]);
  });

  test('does not take what is not shown for different', async () => {
    const [change] = writesOf('1');
    expect(await bench.destination.readBack!([change!])).toEqual([{ status: 'unseen' }]);
  });
});
