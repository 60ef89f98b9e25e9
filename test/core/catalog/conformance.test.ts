import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalog, type Catalog } from '../../../core/catalog/index.ts';
import { describeCatalog } from '../../../core/testing/index.ts';

describeCatalog('The catalog in SQLite', {
  leaseMs: 61_000,
  async open() {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-catalog-'));
    let time = Date.UTC(2026, 0, 15);
    const opened: Catalog[] = [];
    const reopen = (): Catalog => {
      const catalog = openCatalog(join(folder, 'catalog.sqlite'), () => time);
      opened.push(catalog);
      return catalog;
    };
    return {
      catalog: reopen(),
      reopen,
      advance: (ms) => void (time += ms),
      close() {
        opened[0]!.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});
