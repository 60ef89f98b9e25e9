import type { Table, TableColumn } from '../../core/testing/table.ts';

/** A table before it has rows. */
export type Shape = Omit<Table, 'rows'>;

const values = (...names: string[]): NonNullable<TableColumn['values']> =>
  names.map((value) => ({ value, label: value }));
const owner: TableColumn = { name: 'OwnerId', type: 'reference', label: 'Owner ID', refersTo: 'User' };
const currency: TableColumn = {
  name: 'CurrencyIsoCode',
  type: 'picklist',
  label: 'Currency ISO Code',
  values: values('EUR', 'GBP', 'USD', 'CAD', 'CHF'),
};
const accountOf = (name: string): TableColumn => ({
  name,
  type: 'reference',
  label: 'Account ID',
  refersTo: 'Account',
  nullable: true,
});
const stamps: readonly TableColumn[] = [
  { name: 'CreatedDate', type: 'timestamp', label: 'Created Date' },
  { name: 'LastModifiedDate', type: 'timestamp', label: 'Last Modified Date' },
  { name: 'SystemModstamp', type: 'timestamp', label: 'System Modstamp' },
];
const object = (name: string, label: string, columns: readonly TableColumn[]): Shape => ({
  name,
  label,
  key: ['Id'],
  columns: [{ name: 'Id', type: 'id', label: `${label} ID` }, ...columns, ...stamps],
});

export const userObject = object('User', 'User', [
  { name: 'Name', type: 'text', label: 'Full Name' },
  { name: 'Email', type: 'text', label: 'Email', sensitivity: 'Confidential' },
  { name: 'Title', type: 'text', label: 'Title', nullable: true },
  { name: 'IsActive', type: 'boolean', label: 'Active' },
]);

export const accountObject = object('Account', 'Account', [
  { name: 'Name', type: 'text', label: 'Account Name' },
  {
    name: 'Type',
    type: 'picklist',
    label: 'Account Type',
    values: values('Customer', 'Prospect', 'Former Customer'),
  },
  { name: 'Industry', type: 'picklist', label: 'Industry', nullable: true },
  {
    name: 'AnnualRevenue',
    type: 'number',
    scale: 0,
    label: 'Annual Revenue',
    nullable: true,
    sensitivity: 'Internal',
  },
  { name: 'NumberOfEmployees', type: 'integer', label: 'Employees', nullable: true },
  { name: 'BillingCity', type: 'text', label: 'Billing City', nullable: true },
  { name: 'BillingCountry', type: 'text', label: 'Billing Country', nullable: true },
  { name: 'Phone', type: 'text', label: 'Account Phone', nullable: true, sensitivity: 'Confidential' },
  { name: 'Website', type: 'text', label: 'Website', nullable: true },
  { name: 'Description', type: 'long-text', label: 'Account Description', nullable: true },
  owner,
  currency,
  {
    name: 'Plan__c',
    type: 'picklist',
    label: 'Plan',
    comment: 'The edition the customer pays for.',
    values: values('Standard', 'Business', 'Enterprise'),
  },
  {
    name: 'Renewal_Date__c',
    type: 'date',
    label: 'Renewal Date',
    comment: 'The day on which the contract ends unless it is renewed.',
  },
  {
    name: 'Renewal_Risk__c',
    type: 'picklist',
    label: 'Renewal Risk',
    comment:
      'How likely the customer is not to renew, as the owner judges it. High: unlikely to renew as things stand.',
    values: values('Low', 'Medium', 'High'),
  },
  {
    name: 'Renewal_Risk_Reason__c',
    type: 'long-text',
    label: 'Renewal Risk Reason',
    comment: 'What has to change before the customer renews.',
    nullable: true,
  },
  {
    name: 'Days_To_Renewal__c',
    type: 'integer',
    label: 'Days To Renewal',
    comment: 'Formula: renewal date less today.',
    calculated: true,
    nullable: true,
  },
]);

export const contactObject = object('Contact', 'Contact', [
  accountOf('AccountId'),
  { name: 'FirstName', type: 'text', label: 'First Name', nullable: true },
  { name: 'LastName', type: 'text', label: 'Last Name' },
  { name: 'Title', type: 'text', label: 'Title', nullable: true },
  { name: 'Email', type: 'text', label: 'Email', nullable: true, sensitivity: 'Confidential' },
  { name: 'Phone', type: 'text', label: 'Business Phone', nullable: true, sensitivity: 'Confidential' },
  owner,
]);

export const opportunityObject = object('Opportunity', 'Opportunity', [
  accountOf('AccountId'),
  { name: 'Name', type: 'text', label: 'Opportunity Name' },
  { name: 'Type', type: 'picklist', label: 'Opportunity Type', values: values('Renewal', 'Expansion') },
  {
    name: 'StageName',
    type: 'picklist',
    label: 'Stage',
    values: values(
      'Qualification',
      'Needs Analysis',
      'Proposal/Price Quote',
      'Negotiation/Review',
      'Closed Won',
      'Closed Lost',
    ),
  },
  { name: 'Amount', type: 'number', scale: 2, label: 'Amount', nullable: true },
  currency,
  { name: 'Probability', type: 'number', scale: 0, label: 'Probability (%)', nullable: true },
  { name: 'CloseDate', type: 'date', label: 'Close Date' },
  { name: 'IsClosed', type: 'boolean', label: 'Closed' },
  { name: 'IsWon', type: 'boolean', label: 'Won' },
  { name: 'NextStep', type: 'text', label: 'Next Step', nullable: true },
  { name: 'Description', type: 'long-text', label: 'Description', nullable: true },
  owner,
]);

export const caseObject = object('Case', 'Case', [
  { name: 'CaseNumber', type: 'text', label: 'Case Number' },
  accountOf('AccountId'),
  { name: 'ContactId', type: 'reference', label: 'Contact ID', refersTo: 'Contact', nullable: true },
  { name: 'Subject', type: 'text', label: 'Subject', nullable: true },
  { name: 'Type', type: 'picklist', label: 'Case Type', nullable: true },
  { name: 'Description', type: 'long-text', label: 'Description', nullable: true },
  {
    name: 'Status',
    type: 'picklist',
    label: 'Status',
    values: values('New', 'Working', 'Escalated', 'Closed'),
  },
  {
    name: 'Priority',
    type: 'picklist',
    label: 'Priority',
    values: values('Low', 'Medium', 'High', 'Critical'),
  },
  { name: 'Origin', type: 'picklist', label: 'Case Origin', values: values('Email', 'Phone', 'Web') },
  { name: 'IsClosed', type: 'boolean', label: 'Closed' },
  { name: 'ClosedDate', type: 'timestamp', label: 'Closed Date', nullable: true },
  {
    name: 'Resolution__c',
    type: 'long-text',
    label: 'Resolution',
    comment: 'What solved the case, in words that the next customer can use.',
    nullable: true,
  },
  owner,
]);

export const escalationObject = object('Escalation__c', 'Escalation', [
  { name: 'Name', type: 'text', label: 'Escalation Number' },
  accountOf('Account__c'),
  {
    name: 'Severity__c',
    type: 'picklist',
    label: 'Severity',
    values: values('Watch', 'Serious', 'Executive'),
  },
  {
    name: 'Internal_Notes__c',
    type: 'long-text',
    label: 'Internal Notes',
    comment: 'For the leads of support only; never to be shown to the customer.',
    sensitivity: 'Restricted',
  },
  owner,
]);
