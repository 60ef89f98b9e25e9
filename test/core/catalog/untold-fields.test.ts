import { expect, it } from 'vitest';
import { openCatalog } from '../../../core/catalog/index.ts';
import { page, take } from './catalog.ts';

it('a field that a record does not tell keeps its value; null empties it, and what left the allow-list goes', () => {
  const catalog = openCatalog(':memory:');
  const lease = take(catalog, ['compose', 'stream:crm.Account']);
  let second = 0;
  const fields = ['Name', 'Tier', 'Region'];
  const save = (data: Record<string, string | null>, allowed = fields) =>
    catalog.streams.savePage(
      lease,
      'crm.Account',
      page(++second, { records: [{ key: 'a1', data }], fields: allowed }),
    );
  expect(save({ Name: 'Alder', Tier: 'Gold', Region: 'North' })).toMatchObject({ new: 1 });
  expect(save({ Name: 'Alder', Region: 'North' })).toMatchObject({ unchanged: 1 });
  expect(save({ Name: 'Alder & Sons', Region: 'North' })).toMatchObject({ changed: 1 });
  expect(save({ Name: 'Alder & Sons', Tier: 'Gold', Region: 'North' })).toMatchObject({ unchanged: 1 });
  expect(save({ Name: 'Alder & Sons', Tier: null, Region: 'North' })).toMatchObject({ changed: 1 });
  expect(save({ Name: 'Alder & Sons', Region: 'North' }, ['Name', 'Region'])).toMatchObject({ changed: 1 });
  catalog.close();
});
