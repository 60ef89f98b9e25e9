import { describe, expect, it } from 'vitest';
import { playHistory } from './history.ts';

const first = Number(process.env['SIMULATION_FROM'] ?? 1);
const count = Number(process.env['SIMULATION_HISTORIES'] ?? 25);
const seeds = Array.from({ length: count }, (_, index) => first + index);

describe('histories of changes, faults, configurations, stops and deaths', () => {
  it.each(seeds)(
    'keep every invariant and end with both planes equal to the sources (seed %i)',
    async (seed) => {
      expect(await playHistory(seed)).toEqual([]);
    },
  );
});
