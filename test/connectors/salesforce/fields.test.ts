import { afterEach, expect, test } from 'vitest';
import type { SalesforceEmulatorOptions } from '../../../connectors/salesforce/emulator/index.ts';
import type { Json, JsonObject } from '../../../core/contract/json.ts';
import type { Table } from '../../../core/testing/table.ts';
import { accountId, contactId, openOrg, readAll, recordsOf, streamOf, type OrgBench } from './bench.ts';

let bench: OrgBench;
afterEach(() => bench.emulator.close());

const banking = '012000000000001AAA';
const text = (name: string) => ({ name, type: 'text' as const });
/** One account with one field of every kind. */
const account = (rows: readonly Record<string, Json>[]): Table => ({
  name: 'Account',
  key: ['Id'],
  columns: [
    text('Name'),
    { name: 'RecordTypeId', type: 'reference', refersTo: 'RecordType' },
    { name: 'Industry', type: 'picklist', values: [{ value: 'BANK', label: 'Banking' }] },
    {
      name: 'Products__c',
      type: 'picklist',
      values: [
        { value: 'CARD', label: 'Cards' },
        { value: 'LOAN', label: 'Loans' },
      ],
    },
    { name: 'Revenue__c', type: 'number' },
    text('CurrencyIsoCode'),
    { name: 'About__c', type: 'long-text' },
    { name: 'Notes__c', type: 'long-text' },
    { name: 'BillingAddress', type: 'json' },
    text('BillingStreet'),
    text('BillingCity'),
    text('BillingPostalCode'),
    text('BillingCountryCode'),
    { name: 'Place__c', type: 'json' },
    { name: 'Place__Latitude__s', type: 'number', scale: 6 },
    { name: 'Place__Longitude__s', type: 'number', scale: 6 },
    { name: 'IsPersonAccount', type: 'boolean' },
    text('FirstName'),
    text('LastName'),
    text('PersonEmail'),
    text('Likes__pc'),
    { name: 'Logo__c', type: 'json' },
    { name: 'Secret__c', type: 'text' },
  ],
  rows,
});
const settings: SalesforceEmulatorOptions['fieldSettings'] = {
  'Account.Products__c': { type: 'multipicklist' },
  'Account.Revenue__c': { type: 'currency' },
  'Account.About__c': { extraTypeInfo: 'richtextarea' },
  'Account.BillingAddress': { type: 'address', filterable: false, sortable: false },
  ...Object.fromEntries(
    ['Street', 'City', 'PostalCode', 'CountryCode'].map((name) => [
      `Account.Billing${name}`,
      { compoundFieldName: 'BillingAddress' },
    ]),
  ),
  'Account.Place__c': { type: 'location', filterable: false, sortable: false },
  'Account.Place__Latitude__s': { compoundFieldName: 'Place__c' },
  'Account.Place__Longitude__s': { compoundFieldName: 'Place__c' },
  'Account.Logo__c': { type: 'base64', filterable: false, sortable: false },
  'Account.Secret__c': { type: 'encryptedstring' },
};
const recordTypes = {
  Account: [{ recordTypeId: banking, name: 'Bank customer', developerName: 'Bank' }],
};
const read = async (fields: readonly string[], row: Record<string, Json>): Promise<JsonObject> => {
  bench = await openOrg([account([{ Id: accountId(1), Name: 'A', ...row }])], {
    fieldSettings: settings,
    recordTypes,
  });
  const [record] = recordsOf(await readAll(await bench.connect(), streamOf('Account', fields)));
  return record!.data;
};

test('a picklist gives its API value, and its label beside it when that is listed', async () => {
  const data = await read(['Industry', 'Industry__label', 'Products__c', 'Products__c__label'], {
    Industry: 'BANK',
    Products__c: 'CARD;OLD;LOAN',
  });
  expect(data).toEqual({
    Industry: 'BANK',
    Industry__label: 'Banking',
    Products__c: 'CARD;OLD;LOAN',
    Products__c__label: 'Cards; OLD; Loans',
  });
});

test('an empty picklist has no label', async () => {
  expect(await read(['Industry__label'], {})).toEqual({ Industry__label: null });
});

test('a record type is told by its label and by its API name', async () => {
  const data = await read(['RecordTypeId', 'RecordTypeId__label', 'RecordTypeId__name'], {
    RecordTypeId: banking,
  });
  expect(data).toEqual({
    RecordTypeId: banking,
    RecordTypeId__label: 'Bank customer',
    RecordTypeId__name: 'Bank',
  });
});

test('a lookup to several objects tells to which its id leads', async () => {
  const task: Table = {
    name: 'Task',
    key: ['Id'],
    columns: [
      { name: 'WhoId', type: 'reference' },
      { name: 'WhatId', type: 'reference' },
      { name: 'AccountId', type: 'reference', refersTo: 'Account' },
    ],
    rows: [{ Id: '00T000000000001AAA', WhoId: contactId(1), WhatId: accountId(1), AccountId: accountId(1) }],
  };
  const contact: Table = { name: 'Contact', key: ['Id'], columns: [text('LastName')], rows: [] };
  bench = await openOrg([account([]), contact, task], {
    fieldSettings: {
      'Task.WhoId': { referenceTo: ['Contact', 'Lead'] },
      'Task.WhatId': { referenceTo: ['Account', 'Opportunity'] },
    },
  });
  const source = await bench.connect();
  const stream = streamOf('Task', ['WhoId', 'WhoId__type', 'WhatId__type', 'AccountId__type']);
  await source.check([stream]);
  expect(recordsOf(await readAll(source, stream))[0]!.data).toEqual({
    WhoId: contactId(1),
    WhoId__type: 'Contact',
    WhatId__type: 'Account',
    AccountId__type: 'Account',
  });
  const [described] = await source.discover(['Task']);
  const names = described!.fields.map((field) => field.name);
  expect(names).toContain('WhoId__type');
  expect(names).not.toContain('AccountId__type');
});

test('an address and a place are read by their components', async () => {
  const data = await read(['BillingAddress', 'Place__c'], {
    BillingStreet: 'Quay 1\r\nHouse B',
    BillingCity: 'Antwerp',
    BillingCountryCode: 'BE',
    Place__Latitude__s: 51.2,
    Place__Longitude__s: 4.4,
  });
  expect(data).toEqual({
    BillingAddress: { street: 'Quay 1\nHouse B', city: 'Antwerp', postalCode: null, countryCode: 'BE' },
    Place__c: { latitude: 51.2, longitude: 4.4 },
  });
});

test('an address without a component is empty', async () => {
  expect(await read(['BillingAddress'], {})).toEqual({ BillingAddress: null });
});

test('rich text becomes text, plain long text stays what it is', async () => {
  const html = '<p>Key <b>account</b></p><ul><li>A &amp; B</li></ul>';
  const data = await read(['About__c', 'Notes__c'], { About__c: html, Notes__c: 'a <b> c\r\nd\u0000' });
  expect(data).toEqual({ About__c: 'Key account\n- A & B', Notes__c: 'a <b> c\nd' });
});

test('a person account is an account with the fields of a person', async () => {
  const person = {
    IsPersonAccount: true,
    FirstName: 'Ann',
    LastName: 'Bo',
    PersonEmail: 'a@b.example',
    Likes__pc: 'x',
  };
  expect(await read(Object.keys(person), person)).toEqual(person);
});

test('amounts come in the currency of their record; without its code listed, check warns', async () => {
  const data = await read(['Revenue__c', 'CurrencyIsoCode'], { Revenue__c: 12.5, CurrencyIsoCode: 'EUR' });
  expect(data).toEqual({ Revenue__c: 12.5, CurrencyIsoCode: 'EUR' });
  const source = await bench.connect();
  await source.check([streamOf('Account', ['Revenue__c', 'CurrencyIsoCode'])]);
  expect(bench.log.lines.filter((line) => line.level === 'warn')).toEqual([]);
  await source.check([streamOf('Account', ['Revenue__c'])]);
  expect(bench.log.lines.filter((line) => line.level === 'warn')).toHaveLength(1);
});

test('files and encrypted text are left out of discovery by name, and refused in a list', async () => {
  await read(['Name'], {});
  const source = await bench.connect();
  const [described] = await source.discover(['Account']);
  const names = described!.fields.map((field) => field.name);
  expect(names).not.toContain('Logo__c');
  expect(names).not.toContain('Secret__c');
  expect(names).toEqual(expect.arrayContaining(['Industry__label', 'RecordTypeId__name', 'BillingAddress']));
  expect(bench.log.lines).toContainEqual(
    expect.objectContaining({ fields: { object: 'Account', fields: 'Logo__c, Secret__c' } }),
  );
  await expect(source.check([streamOf('Account', ['Logo__c'])])).rejects.toMatchObject({
    code: 'SALESFORCE_FIELD_UNREADABLE',
    message: 'Logo__c of Account holds no text (base64)',
  });
});

test('a derived name of a field that has no such thing is unknown', async () => {
  await read(['Name'], {});
  const source = await bench.connect();
  for (const name of ['Name__label', 'Nothing__label', 'Industry__type', 'RecordTypeId__colour']) {
    await expect(source.check([streamOf('Account', [name])])).rejects.toMatchObject({
      code: 'SALESFORCE_FIELD_UNKNOWN',
    });
  }
});
