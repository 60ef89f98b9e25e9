import type { Bug } from './bug.ts';
import { bulkBugs } from './bulk-bugs.ts';
import { catalogBugs } from './catalog-bugs.ts';
import { connectorBugs } from './connector-bugs.ts';
import { engineBugs } from './engine-bugs.ts';
import { slotBugs } from './slot-bugs.ts';

/** Every planted bug; `node scripts/planted-bugs.mjs` proves that the suite notices each of them. */
export const bugs: readonly Bug[] = [
  ...engineBugs,
  ...catalogBugs,
  ...connectorBugs,
  ...bulkBugs,
  ...slotBugs,
];
