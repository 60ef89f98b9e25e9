import { describe, expect, it } from 'vitest';
import { account, kindOf, owner, record } from './fixtures.ts';

const ada = record('005A', { Id: '005A', Name: 'Ada', Email: 'ada@example.com' });

describe('metadata', () => {
  const kind = kindOf({
    ...account,
    body: 'x',
    with: { owner },
    metadata: {
      tier: 'Tier',
      owner_email: 'owner.Email',
      revenue: { field: 'Revenue', type: 'number' },
      active: { field: 'Active', type: 'boolean' },
      since: { field: 'Since', type: 'instant' },
      tags: { field: 'Tags', type: 'list' },
      label: { template: '{{Tier}} {{default Industry "?"}}' },
    },
  });
  const metadataOf = (data: Record<string, never> | object, parts = {}) =>
    kind.compose(record('1', { Name: 'x', ...data }, parts), []);

  it('has the declared types, and an instant twice', () => {
    const data = {
      Tier: 'Gold',
      Revenue: 12.5,
      Active: true,
      Since: '2026-01-15T12:00:00.500+0000',
      Tags: ['a', 'b'],
    };
    const composition = metadataOf(data, { owner: [ada] });
    expect(composition).toMatchObject({ status: 'composed' });
    expect(composition.status === 'composed' && composition.document.metadata).toEqual({
      tier: 'Gold',
      owner_email: 'ada@example.com',
      revenue: 12.5,
      active: true,
      since: '2026-01-15T12:00:00.500Z',
      since_epoch: 1768478400,
      tags: ['a', 'b'],
      label: 'Gold ?',
    });
  });

  it('takes what reads as the type, as warehouses and picklists give it', () => {
    const data = { Tier: 7, Revenue: '1200.50', Active: 'FALSE', Since: '2026-01-15', Tags: 'a; b;;c' };
    expect(metadataOf(data)).toMatchObject({
      document: {
        metadata: {
          tier: '7',
          revenue: 1200.5,
          active: false,
          since_epoch: 1768435200,
          tags: ['a', 'b', 'c'],
        },
      },
    });
  });

  it('leaves out what is missing or empty', () => {
    const composition = metadataOf({ Tier: '', Revenue: null, Tags: [] });
    expect(composition.status === 'composed' && composition.document.metadata).toEqual({ label: '?' });
  });

  it.each([
    [{ Revenue: 'a lot' }, 'metadata revenue: the field Revenue of crm.Account is not a number'],
    [{ Active: 'perhaps' }, 'metadata active: the field Active of crm.Account is not a truth value'],
    [{ Since: 'long ago' }, 'metadata since: the field Since of crm.Account is not a date'],
    [{ Tags: { a: 1 } }, 'metadata tags: the field Tags of crm.Account is not a list'],
    [{ Tier: ['a'] }, 'metadata tier: the field Tier of crm.Account is not a text'],
  ])('of the wrong type rejects the document without quoting it: %j', (data, reason) => {
    expect(metadataOf(data)).toMatchObject({ status: 'rejected', code: 'METADATA_TYPE', reason });
  });
});
