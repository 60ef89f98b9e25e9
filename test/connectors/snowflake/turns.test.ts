import { expect, test } from 'vitest';
import { createTurns } from '../../../connectors/snowflake/turns.ts';

const { signal } = new AbortController();

test('a few pass at a time, the others in the order in which they came', async () => {
  const turns = createTurns(2);
  const order: string[] = [];
  const [first, second] = [await turns.take(signal), await turns.take(signal)];
  const third = turns.take(signal).then((end) => (order.push('third'), end));
  const fourth = turns.take(signal).then((end) => (order.push('fourth'), end));
  await Promise.resolve();
  expect(order).toEqual([]);
  second();
  // A turn that is ended twice lets one pass, not two.
  second();
  await third;
  expect(order).toEqual(['third']);
  first();
  await fourth;
  expect(order).toEqual(['third', 'fourth']);
  (await third)();
  (await fourth)();
  await turns.take(signal);
  await turns.take(signal);
});

test('whoever is told to stop leaves the queue, and keeps nobody waiting', async () => {
  const turns = createTurns(1);
  const end = await turns.take(signal);
  const stop = new AbortController();
  const stopped = turns.take(stop.signal);
  const next = turns.take(signal);
  stop.abort(new Error('stopped'));
  await expect(stopped).rejects.toThrow('stopped');
  end();
  (await next)();
  await expect(turns.take(stop.signal)).rejects.toThrow('stopped');
  (await turns.take(signal))();
});
