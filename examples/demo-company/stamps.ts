import { dayMs, instantText, type Dice } from './dice.ts';

/** The three stamps of a Salesforce record, in whole seconds. */
export const stamps = (created: number, modified = created) => ({
  CreatedDate: instantText(created),
  LastModifiedDate: instantText(modified),
  SystemModstamp: instantText(modified),
});

/** A quarter of the records was last touched by one nightly job, in one second: a cursor has to live with such ties. */
export const batchStamp = (created: number, now: number, dice: Dice): number => {
  const night = Math.floor(now / dayMs) * dayMs - 2 * dayMs + 2 * 3_600_000;
  if (dice.chance(0.25) && created < night) return night;
  return created + Math.floor((now - 3_600_000 - created) * (dice.between(0, 99) / 100));
};
