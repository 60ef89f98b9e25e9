import { startSalesforceEmulator } from '../../connectors/salesforce/emulator/index.ts';
import { recordId18 } from '../../connectors/salesforce/record-id.ts';
import type { Json } from '../../core/contract/json.ts';

/**
 * An emulated org with so many accounts, in a process of its own, without limits and without compression (both ends share
 * the machine's cores). `node bench/salesforce/org-server.ts <records>`, says its settings over the IPC channel.
 */
const records = Number(process.argv[2]);
const industries = ['BANK', 'FARM', 'SHIP', 'SHOP'];
const sentence =
  'Asked about the rollout in the second quarter and wants the invoice threshold raised before renewal. ';
const start = Date.UTC(2026, 0, 1);

const account = (index: number): Record<string, Json> => ({
  Id: recordId18(`001EM${String(index).padStart(10, '0')}`),
  Name: `Company ${index}`,
  Industry: industries[index % 4]!,
  AnnualRevenue: (index % 100_000) * 10.5,
  NumberOfEmployees: index % 5000,
  Active__c: index % 3 > 0,
  Phone: `+32 2 ${String(index).padStart(7, '0')}`,
  Website: `https://company-${index}.example.com`,
  BillingCity: `City ${index % 500}`,
  BillingCountry: 'Belgium',
  FoundedOn__c: `${1950 + (index % 70)}-05-01`,
  Description: `${sentence.slice(index % 40)}${sentence}`,
  SystemModstamp: new Date(start + index * 10).toISOString(),
});

const emulator = await startSalesforceEmulator({
  tables: [
    {
      name: 'Account',
      key: ['Id'],
      columns: [
        { name: 'Name', type: 'text', nullable: false },
        { name: 'Industry', type: 'picklist', values: industries.map((value) => ({ value, label: value })) },
        { name: 'AnnualRevenue', type: 'number' },
        { name: 'NumberOfEmployees', type: 'integer' },
        { name: 'Active__c', type: 'boolean' },
        { name: 'Phone', type: 'text' },
        { name: 'Website', type: 'text' },
        { name: 'BillingCity', type: 'text' },
        { name: 'BillingCountry', type: 'text' },
        { name: 'FoundedOn__c', type: 'date' },
        { name: 'Description', type: 'long-text' },
      ],
      rows: Array.from({ length: records }, (_, index) => account(index)),
    },
  ],
  limits: false,
  bulkGzip: false,
  bulkDurationMs: 0,
  bulkChunkRows: 25_000,
});
process.on('disconnect', () => process.exit(0));
process.on('message', () => process.send!({ requests: emulator.server.requests.length }));
process.send!({ url: emulator.url, env: emulator.env });
