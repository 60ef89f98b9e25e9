export { canonicalJson, sha256 } from './canonical.ts';
export { fieldsOf, matches, namesToday } from './condition.ts';
export { normalise } from './normalise.ts';
export { orderKey } from './order-key.ts';
export type * from './kind.ts';
