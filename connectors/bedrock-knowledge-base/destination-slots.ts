import type { Context } from '../../core/contract/context.ts';
import type { AcceptedChange, Destination } from '../../core/contract/destination.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { DestinationSlots } from '../../core/contract/slots.ts';
import { createAsk } from './ask.ts';
import type { BedrockConfig } from './config.ts';
import { createPointer } from './pointer.ts';
import { followMs } from './follow-pointer.ts';

const pollMs = 1000;
/** Polls without any news before the rest is left to the next attempt. */
const maxPolls = 600;
/** An id of ours: namespace, kind, system, instance, stream, key. */
const ownId = /^[^:]+(:[^:]+){5}$/;

/** The knowledge base that a destination writes to, among the others of the configuration. */
export function withSlots(
  destination: Destination,
  configured: BedrockConfig,
  bound: BedrockConfig,
  context: Context,
): Destination {
  const { knowledgeBaseId } = bound;
  const where = `destinations.${context.name}`;
  const ids = [configured.knowledgeBaseId, ...configured.slots.map((slot) => slot.knowledgeBaseId)];
  const pointer = createPointer(configured, createAsk(context));
  const slots: DestinationSlots = {
    name: knowledgeBaseId,
    label: `knowledge base ${knowledgeBaseId}`,
    binding: { what: 'knowledge base', value: knowledgeBaseId },
    async check() {
      if (ids.length > 1) return;
      throw new ConfigError('BEDROCK_NO_SLOT', 'The destination names one knowledge base.', {
        where: `${where}.slots`,
        hint: 'Create a second knowledge base and name it in slots: a second data source in the same one would answer twice.',
      });
    },
    async list() {
      const active = await pointer.read();
      return ids.map((name) => ({ name, active: name === active }));
    },
    led: async () => (ids.length > 1 ? pointer.read() : undefined),
    async open(taken) {
      const free = ids.find((id) => !taken.includes(id));
      if (free !== undefined) return free;
      throw new ConfigError('BEDROCK_NO_SLOT', 'Every knowledge base of the destination is in use.', {
        where: `${where}.slots`,
        hint: 'Name another knowledge base in slots, or retire one with `tributary slots retire`.',
      });
    },
    async activate() {
      await pointer.lead(knowledgeBaseId);
      context.log.info('Led agents to a knowledge base.', { knowledgeBaseId });
      return { settlesWithinMs: followMs };
    },
    async retire() {
      if ((await pointer.read()) === knowledgeBaseId) {
        throw new ConfigError('BEDROCK_SLOT_ACTIVE', `Agents are led to knowledge base ${knowledgeBaseId}.`, {
          where,
          hint: 'Lead them to another one first.',
        });
      }
      await empty(destination, context);
    },
  };
  return {
    ...destination,
    slots,
    async close() {
      pointer.close();
      await destination.close?.();
    },
  };
}

/** Deletes every document of ours. The knowledge base and its data source stay: they are the owner's of the account. */
async function empty(destination: Destination, context: Context): Promise<void> {
  for (let polls = 0; ;) {
    const found = [];
    let open = 0;
    for await (const { id, status, addresses } of destination.inventory!()) {
      if (!ownId.test(id)) continue;
      open++;
      if (status !== 'pending') found.push({ action: 'delete' as const, id, addresses });
    }
    if (open === 0) return;
    const accepted: AcceptedChange[] = [];
    while (found.length > 0) {
      const batch = found.splice(0, Math.max(1, destination.limits().maxDocuments));
      const outcomes = await destination.write(batch);
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 'accepted')
          accepted.push({ id: batch[index]!.id, action: 'delete', receipt: outcome.receipt });
        if (outcome.status === 'halted') throw haltedError(outcome.reason, outcome.hint, context);
      });
      if (outcomes.some((outcome) => outcome.status === 'later')) await context.sleep(pollMs);
    }
    for (let waiting = accepted; waiting.length > 0 && polls < maxPolls; polls++) {
      await context.sleep(pollMs);
      const verdicts = await destination.confirm!(waiting);
      waiting = waiting.flatMap((one, index) => {
        const verdict = verdicts[index]!;
        return verdict.status === 'waiting' ? [{ ...one, receipt: verdict.receipt ?? one.receipt }] : [];
      });
    }
    await context.sleep(pollMs);
    if (polls++ >= maxPolls)
      throw haltedError(
        `${open} documents of the slot are still being deleted.`,
        'Run the same command again.',
        context,
      );
  }
}

const haltedError = (message: string, hint: string | undefined, context: Context): ConfigError =>
  new ConfigError('BEDROCK_NOT_EMPTIED', message, {
    where: `destinations.${context.name}`,
    ...(hint === undefined ? {} : { hint }),
  });
