import { instantText } from './dice.ts';

/** The three stamps of a Salesforce record, in whole seconds. */
export const stamps = (created: number, modified = created) => ({
  CreatedDate: instantText(created),
  LastModifiedDate: instantText(modified),
  SystemModstamp: instantText(modified),
});
