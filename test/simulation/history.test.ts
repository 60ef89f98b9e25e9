import { describe, expect, it } from 'vitest';
import { playHistory } from './history.ts';

const first = Number(process.env['SIMULATION_FROM'] ?? 1);
const count = Number(process.env['SIMULATION_HISTORIES'] ?? 25);
const seeds = Array.from({ length: count }, (_, index) => first + index);

/** A retirement after a death between the move of a pointer and its record. */
const onceBroken = [1043, 1140];

describe('histories with reindexes without downtime, rollbacks and retired slots', () => {
  it.each([...seeds.slice(0, Math.max(10, Math.floor(count / 2))), ...onceBroken])(
    'lead both planes to whole slots, and keep every live one equal to the sources (seed %i)',
    async (seed) => {
      expect(await playHistory(seed, { slots: true })).toEqual([]);
    },
  );
});

describe('histories of changes, faults, configurations, stops and deaths', () => {
  it.each(seeds)(
    'keep every invariant and end with both planes equal to the sources (seed %i)',
    async (seed) => {
      expect(await playHistory(seed)).toEqual([]);
    },
  );
});
