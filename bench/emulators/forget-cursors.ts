import { resolve } from 'node:path';
import { registry } from '../../connectors/index.ts';
import { openCatalog } from '../../core/catalog/index.ts';
import { loadConfig } from '../../core/config/load-config.ts';

/** Sets every stream of a catalog back to the start, so that the next sync reads it all again. `node … <config>` */
const config = await loadConfig(process.argv[2]!, registry);
const catalog = openCatalog(resolve(config.folder, config.catalog.path));
const ids = Object.values(config.sources).flatMap((source) =>
  Object.values(source.streams).map((stream) => stream.id),
);
const lease = catalog.leases.acquire(ids.map((id) => `stream:${id}`));
if ('heldBy' in lease) throw new Error(`${lease.name} is held by ${lease.heldBy}`);
for (const id of ids) {
  const { shape } = catalog.streams.state(id);
  if (shape !== undefined) catalog.streams.reshape(lease, id, shape);
}
catalog.leases.release(lease);
catalog.close();
