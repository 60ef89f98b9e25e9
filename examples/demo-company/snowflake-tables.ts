import type { Shape } from './salesforce-objects.ts';

/** Account ids stand here in their 15-character form, as the nightly load of many a warehouse leaves them. */
export const productUsageTable: Shape = {
  name: 'ANALYTICS.MART.PRODUCT_USAGE',
  comment: 'Use of the product per customer and month, from the application logs.',
  key: ['ACCOUNT_ID', 'MONTH'],
  columns: [
    { name: 'ACCOUNT_ID', type: 'text', comment: 'The Salesforce account, 15 characters.' },
    { name: 'MONTH', type: 'date', comment: 'First day of the month.' },
    {
      name: 'ACTIVE_USERS',
      type: 'integer',
      comment: 'People who signed in at least once during the month.',
    },
    { name: 'API_CALLS', type: 'integer', comment: 'Calls of the public interface, failed ones included.' },
    {
      name: 'STORAGE_GB',
      type: 'number',
      scale: 1,
      comment: 'Storage at the end of the month, in gigabytes.',
    },
    { name: 'UPDATED_AT', type: 'timestamp', comment: 'When the row was loaded or corrected.' },
  ],
};

export const invoicesTable: Shape = {
  name: 'ANALYTICS.MART.INVOICES',
  comment: 'Invoices sent to customers, from the accounting system.',
  key: ['INVOICE_ID'],
  columns: [
    { name: 'INVOICE_ID', type: 'text', comment: 'Number printed on the invoice.' },
    { name: 'ACCOUNT_ID', type: 'text', comment: 'The Salesforce account, 15 characters.' },
    { name: 'AMOUNT', type: 'number', scale: 2, comment: 'Total with tax, in the currency of the invoice.' },
    { name: 'CURRENCY', type: 'text', comment: 'ISO 4217 code.' },
    { name: 'ISSUED_ON', type: 'date', comment: 'Date printed on the invoice.' },
    { name: 'STATUS', type: 'text', comment: 'open, paid, overdue or disputed.' },
    { name: 'UPDATED_AT', type: 'timestamp', comment: 'When the row was loaded or corrected.' },
  ],
};
