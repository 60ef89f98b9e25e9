const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

export const isRecordId = (text: string): boolean => /^([A-Za-z0-9]{15}|[A-Za-z0-9]{18})$/.test(text);

/**
 * The 18-character form of a record id: the last three characters say which of the first fifteen are upper-case, so
 * that ids stay distinct where case is lost. https://help.salesforce.com/s/articleView?id=000383751&type=1
 */
export function recordId18(id: string): string {
  if (id.length !== 15) return id;
  let suffix = '';
  for (let block = 0; block < 15; block += 5) {
    let bits = 0;
    for (let offset = 0; offset < 5; offset++) {
      const character = id.charCodeAt(block + offset);
      if (character >= 65 && character <= 90) bits |= 1 << offset;
    }
    suffix += alphabet[bits];
  }
  return id + suffix;
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idDigits = 12;

/** The id in the middle between two ids of one object, or undefined when there is none. */
export function middleId(lower: string, upper: string): string | undefined {
  const toNumber = (id: string): bigint =>
    [...id.slice(3, 15)].reduce((sum, digit) => sum * 62n + BigInt(digits.indexOf(digit)), 0n);
  const from = toNumber(lower);
  let number = (from + toNumber(upper)) / 2n;
  if (number <= from) return undefined;
  let text = '';
  for (let place = 0; place < idDigits; place++) {
    text = digits[Number(number % 62n)] + text;
    number /= 62n;
  }
  return recordId18(lower.slice(0, 3) + text);
}

/** No id of the object comes after it. */
export const lastId = (id: string): string => recordId18(id.slice(0, 3) + 'z'.repeat(idDigits));
