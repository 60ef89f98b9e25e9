import type { EmulatedBase } from './emulated-base.ts';
import { invalid, okReply, ServiceError } from './replies.ts';
import type { Route } from './routes.ts';
import { isFields, text } from './validation.ts';

const maxTags = 200;

/**
 * Tags of knowledge bases by method. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_TagResource.html,
 * API_agent_ListTagsForResource.html
 */
export function tagRoute(method: string, arn: string, bases: Iterable<EmulatedBase>): Route | undefined {
  const find = (): EmulatedBase => {
    text(arn, 'resourceArn', 20, 1011, /^arn:aws(-[^:]+)?:bedrock:/);
    const found = [...bases].find(({ resources }) => resources.knowledgeBase['knowledgeBaseArn'] === arn);
    if (!found) throw new ServiceError('ResourceNotFoundException', `The resource ${arn} does not exist.`);
    return found;
  };
  if (method === 'GET') {
    return {
      operation: 'ListTagsForResource',
      actions: ['bedrock:ListTagsForResource'],
      handle: () => okReply(200, { tags: Object.fromEntries(find().tags) }),
    };
  }
  if (method !== 'POST') return undefined;
  return {
    operation: 'TagResource',
    actions: ['bedrock:TagResource'],
    handle(body) {
      const { tags } = find();
      const given = body['tags'];
      if (!isFields(given)) throw invalid('tags must not be null');
      const entries = Object.entries(given).map(([key, value]): [string, string] => [
        text(key, 'tags.key', 1, 128, /^[a-zA-Z0-9\s._:/=+@-]*$/),
        text(value, `tags.${key}`, 0, 256, /^[a-zA-Z0-9\s._:/=+@-]*$/),
      ]);
      if (entries.some(([key]) => /^aws:/i.test(key))) throw invalid('Tag keys may not begin with aws:');
      for (const [key, value] of entries) tags.set(key, value);
      if (tags.size > maxTags) throw invalid('The resource has too many tags.');
      return okReply(200, {});
    },
  };
}
