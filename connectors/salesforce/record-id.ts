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
