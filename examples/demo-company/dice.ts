/** Choices from a seeded generator, and dates counted from a given now. */
export interface Dice {
  pick<Item>(items: readonly Item[]): Item;
  /** A whole number, both ends included. */
  between(low: number, high: number): number;
  chance(share: number): boolean;
}

export function createDice(random: () => number): Dice {
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  return {
    between,
    chance: (share) => random() < share,
    pick<Item>(items: readonly Item[]): Item {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
  };
}

export const dayMs = 86_400_000;

/** ISO date `days` after (negative: before) the instant. */
export const dateAfter = (instant: number, days: number): string =>
  new Date(instant + days * dayMs).toISOString().slice(0, 10);

/** ISO instant in whole seconds, as Salesforce keeps them. */
export const instantText = (instant: number): string =>
  `${new Date(instant).toISOString().slice(0, 19)}.000Z`;

/** First day of the month `months` after (negative: before) that of the instant. */
export function monthAfter(instant: number, months: number): string {
  const date = new Date(instant);
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)).toISOString().slice(0, 10);
}
