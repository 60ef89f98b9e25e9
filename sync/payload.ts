import type { AttemptItem } from '../core/catalog/index.ts';
import type { Change } from '../core/contract/destination.ts';
import type { BusinessDocument } from '../core/contract/document.ts';
import type { Json } from '../core/contract/json.ts';
import { composeNow } from './compose.ts';
import type { OpenSlot, World } from './world.ts';

const contentOf = ({ title, body, metadata }: BusinessDocument): Json => ({ title, body, metadata });

/** What the quarantine keeps of a change that is refused; nothing unless the configuration asks for it. */
export const payloadOf = (world: World, change: Change): Json | undefined =>
  world.config.catalog.quarantinePayload && change.action === 'write'
    ? contentOf(change.document)
    : undefined;

/** The same of one that was refused after it was accepted: composed again, and undefined when it has changed since. */
export async function payloadSent(
  world: World,
  slot: OpenSlot,
  item: AttemptItem,
): Promise<Json | undefined> {
  if (!world.config.catalog.quarantinePayload || item.action !== 'write') return undefined;
  const parts = item.id.split(':');
  if (parts.length !== 6) return undefined;
  const [kind, key] = [decodeURIComponent(parts[1]!), decodeURIComponent(parts[5]!)];
  const open = (await world.kinds()).get(kind);
  const record = open && world.catalog.kinds.findRoot(kind, key);
  const composition = record === undefined ? undefined : composeNow(world, open!, record)?.composition;
  if (composition?.status !== 'composed') return undefined;
  const decision = slot.policy.decide(composition.document, composition.content);
  return decision.status !== 'withheld' && decision.fingerprint === item.fingerprint
    ? contentOf(decision.document)
    : undefined;
}
