import type { Access } from '../../core/contract/document.ts';

/**
 * Who may read a document, as one string that every vector store can filter with `equals` and `in`:
 * `everyone`, `nobody`, or `allow:` with the sorted principals, then `;deny:` with the denied ones if there are any.
 * Equal access gives an equal string; in principals `%`, `,` and `;` are percent-encoded.
 */
export function accessClass(access: Access): string {
  if ('everyone' in access) return 'everyone';
  if (access.allow.length === 0) return 'nobody';
  const deny = access.deny.length === 0 ? '' : `;deny:${list(access.deny)}`;
  return `allow:${list(access.allow)}${deny}`;
}

/** Whether one of the principals may read a document of this class. What cannot be understood may not be read. */
export function mayRead(accessClassOfDocument: unknown, principals: readonly string[]): boolean {
  if (typeof accessClassOfDocument !== 'string') return false;
  if (accessClassOfDocument === 'everyone') return true;
  const found = /^allow:([^;]+)(?:;deny:([^;]+))?$/.exec(accessClassOfDocument);
  if (!found) return false;
  const [, allow = '', deny = ''] = found;
  const among = (text: string): boolean => text.split(',').some((one) => principals.includes(decode(one)));
  return among(allow) && !(deny !== '' && among(deny));
}

const list = (principals: readonly string[]): string =>
  [...new Set(principals)]
    .sort()
    .map((one) => one.replace(/[%,;]/g, encodeURIComponent))
    .join(',');

const decode = (text: string): string =>
  text.replace(/%(25|2C|3B)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
