const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const checksums = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/** The key prefixes of the demo's objects. https://help.salesforce.com/s/articleView?id=000385203&type=1 */
export const keyPrefixes = {
  Account: '001',
  Contact: '003',
  User: '005',
  Opportunity: '006',
  Case: '500',
  Escalation__c: 'a0E',
} as const;
export type ObjectName = keyof typeof keyPrefixes;

/** The 15-character id of the n-th record of an object. Many differ in the case of one letter only, as real ones may. */
export function shortId(object: ObjectName, number: number): string {
  let rest = 917_132_832 + number * 13;
  let serial = '';
  while (serial.length < 9) {
    serial = digits.charAt(rest % 62) + serial;
    rest = Math.floor(rest / 62);
  }
  return `${keyPrefixes[object]}5g0${serial}`;
}

/** The 18-character form: three more characters say which letters of the 15 are upper case. */
export function longId(short: string): string {
  let suffix = '';
  for (let start = 0; start < 15; start += 5) {
    let bits = 0;
    for (let place = 0; place < 5; place++) {
      const letter = short.charCodeAt(start + place);
      if (letter >= 65 && letter <= 90) bits |= 1 << place;
    }
    suffix += checksums.charAt(bits);
  }
  return short + suffix;
}

export const recordId = (object: ObjectName, number: number): string => longId(shortId(object, number));
