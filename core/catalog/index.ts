export * from './catalog.ts';
export { openCatalog } from './open-catalog.ts';
