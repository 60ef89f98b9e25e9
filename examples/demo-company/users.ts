import type { Row } from './generate.ts';
import { dayMs } from './dice.ts';
import { recordId } from './salesforce-id.ts';
import { stamps } from './stamps.ts';
import { firstNames, lastNames, owners } from './vocabulary.ts';

/** Our own people. Every eighth has left; what they owned still names them. */
export function generateUsers(count: number, now: number): readonly Row[] {
  return Array.from({ length: count }, (_, index) => {
    const known = owners[index];
    const name =
      known?.name ??
      `${firstNames[(index * 7) % firstNames.length]} ${lastNames[(index * 11) % lastNames.length]}`;
    const [first = '', ...last] = asciiOf(name).toLowerCase().split(' ');
    return {
      Id: recordId('User', index),
      Name: name,
      Email: `${first}.${last.join('')}${known ? '' : index}@corvane.example`,
      Title: known?.title ?? 'Account Executive',
      IsActive: index % 8 !== 7,
      ...stamps(now - (900 - (index % 300)) * dayMs),
    };
  });
}

/** Letters of addresses: accents and punctuation go. */
export const asciiOf = (text: string): string =>
  text
    .replaceAll('ø', 'o')
    .replaceAll('Ø', 'O')
    .normalize('NFKD')
    .replace(/[^\w .-]/g, '');
