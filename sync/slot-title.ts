import type { Catalog, SlotRow } from '../core/catalog/index.ts';

/** What a person reads: the destination's name, with the slot where it has more than one. */
export const slotTitle = (slot: SlotRow, live: number): string =>
  live > 1 ? `${slot.destination} (${slot.label ?? slot.name})` : slot.destination;

/** Every live slot of a destination, with its title. */
export function titledSlots(
  catalog: Catalog,
  destination: string,
): readonly (SlotRow & { readonly title: string })[] {
  const rows = catalog.slots.live(destination);
  return rows.map((row) => ({ ...row, title: slotTitle(row, rows.length) }));
}
