import {
  BedrockAgentClient,
  GetKnowledgeBaseCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-bedrock-agent';
import type { Ask } from './ask.ts';
import { agentSettings } from './client-settings.ts';
import type { BedrockConfig } from './config.ts';

/** Of a knowledge base that agents were led to: the one with the highest number is the one they are led to now. */
const tag = 'tributary:generation';

/**
 * Where agents are led, published as a tag of the knowledge bases themselves. Moving it is one call about the new one,
 * so that no reader ever finds two, or none.
 */
export interface Pointer {
  /** The id of a knowledge base of the destination; the configured one before any was activated. */
  read(): Promise<string>;
  lead(knowledgeBaseId: string): Promise<void>;
  close(): void;
}

export function createPointer(config: BedrockConfig, ask: Ask): Pointer {
  const ids = [config.knowledgeBaseId, ...config.slots.map((slot) => slot.knowledgeBaseId)];
  const arns = new Map<string, string>();
  let agent: BedrockAgentClient | undefined;
  const open = (): BedrockAgentClient => (agent ??= new BedrockAgentClient(agentSettings(config)));
  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_GetKnowledgeBase.html */
  const arnOf = async (knowledgeBaseId: string): Promise<string> => {
    const known = arns.get(knowledgeBaseId);
    if (known !== undefined) return known;
    const answer = await ask(() => open().send(new GetKnowledgeBaseCommand({ knowledgeBaseId })));
    const arn = answer.knowledgeBase?.knowledgeBaseArn;
    if (arn === undefined) throw new Error('Bedrock answered without the ARN of the knowledge base.');
    arns.set(knowledgeBaseId, arn);
    return arn;
  };
  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListTagsForResource.html */
  const generationOf = async (knowledgeBaseId: string): Promise<number> => {
    const resourceArn = await arnOf(knowledgeBaseId);
    const answer = await ask(() => open().send(new ListTagsForResourceCommand({ resourceArn })));
    const value = answer.tags?.[tag] ?? '';
    return /^\d{1,15}$/.test(value) ? Number(value) : 0;
  };
  const generations = async (): Promise<readonly { id: string; generation: number }[]> => {
    const found = [];
    for (const id of ids) found.push({ id, generation: await generationOf(id) });
    return found;
  };
  const highest = (found: Awaited<ReturnType<typeof generations>>) =>
    found.reduce((best, one) => (one.generation > best.generation ? one : best));
  return {
    read: async () => (ids.length === 1 ? config.knowledgeBaseId : highest(await generations()).id),
    /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_TagResource.html */
    async lead(knowledgeBaseId) {
      const now = highest(await generations());
      if (now.id === knowledgeBaseId && now.generation > 0) return;
      const resourceArn = await arnOf(knowledgeBaseId);
      const tags = { [tag]: String(now.generation + 1) };
      await ask(() => open().send(new TagResourceCommand({ resourceArn, tags })));
    },
    close: () => agent?.destroy(),
  };
}
