export * from './catalog.ts';
export { copyCatalog, openCatalog } from './open-catalog.ts';
