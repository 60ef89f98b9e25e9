import type { DocumentAccessControlEntry } from '@aws-sdk/client-bedrock-agent';
import type { Access } from '../../core/contract/document.ts';

/** Who stands behind a principal that is not a user by itself: `group:sales`, or `everyone`. */
export type Users = Readonly<Record<string, readonly string[]>>;

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DocumentAccessControlEntry.html */
const maxName = 256;

/** The user behind `user:ann@example.com` or `ann@example.com`. */
export const userOf = (principal: string): string | undefined =>
  /^(?:user:)?([^\s:@]+@[^\s:@]+)$/.exec(principal)?.[1];

/**
 * The list that the service keeps with a document; it knows users only, deny beats allow, and without an entry nobody
 * finds the document. Text: why it cannot be said in full, since a list that says less could show or hide too much.
 */
export function accessList(access: Access, users: Users): readonly DocumentAccessControlEntry[] | string {
  const [allow, deny] = 'everyone' in access ? [['everyone'], []] : [access.allow, access.deny];
  const entries: DocumentAccessControlEntry[] = [];
  let unknown = 0;
  const add = (principals: readonly string[], kind: 'ALLOW' | 'DENY'): void => {
    const names = new Set<string>();
    for (const principal of principals) {
      const user = userOf(principal);
      const found = (Object.hasOwn(users, principal) ? users[principal] : undefined) ?? (user ? [user] : []);
      if (found.length === 0 || found.some((name) => name.length > maxName)) unknown++;
      for (const name of found) names.add(name);
    }
    for (const name of [...names].sort()) entries.push({ name, type: 'USER', access: kind });
  };
  add(allow, 'ALLOW');
  add(deny, 'DENY');
  if (unknown === 0) return entries;
  return 'everyone' in access
    ? 'everyone may read it, and the access lists of this data source know users only; name them under accessControlList.users.everyone, or publish it to a data source without access lists'
    : `accessControlList.users does not say which users stand behind ${unknown} of its principals`;
}
