export * from './catalog.ts';
export { catalogFault } from './sqlite/fault.ts';
export { backupCatalog, besides, copyBackup, readBackup, syncFolder, type CatalogBackup } from './backup.ts';
export { copyCatalog, createCatalogOf, openCatalog } from './open-catalog.ts';
