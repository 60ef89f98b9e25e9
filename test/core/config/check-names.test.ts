import { expect, test } from 'vitest';
import { changed, problemsOf } from './problems-of.ts';

test.each([
  [
    'a kind of an undeclared stream',
    ['from: crm.Account', 'from: crm.Acount'],
    '33:11 kinds.account.from: there is no stream crm.Acount; did you mean crm.Account?',
  ],
  [
    'a part of an undeclared stream',
    ['from: dwh.USAGE', 'from: dhw.USAGE'],
    '50:15 kinds.account.with.usage.from: there is no stream dhw.USAGE; did you mean dwh.USAGE?',
  ],
  [
    'a stream without its source',
    ['from: dwh.USAGE', 'from: USAGE'],
    '50:15 kinds.account.with.usage.from: must be <source>.<stream>',
  ],
  [
    'a condition on an unlisted field',
    ['where: { Name:', 'where: { Nmae:'],
    '34:14 kinds.account.where.Nmae: Nmae is not in the fields of crm.Account; did you mean Name?',
  ],
  [
    'a join from an unlisted field',
    ['parent: OwnerId', 'parent: OwnerID2'],
    '39:23 kinds.account.with.owner.on.parent: OwnerID2 is not in the fields of crm.Account; did you mean OwnerId?',
  ],
  [
    'a join to an unlisted field',
    ['field: AccountId', 'field: accountid'],
    '47:42 kinds.account.with.contacts.on.part.field: accountid is not in the fields of crm.Contact; did you mean AccountId?',
  ],
  [
    'a join of a nested part',
    ['parent: ManagerId', 'parent: OwnerId'],
    '44:27 kinds.account.with.owner.with.manager.on.parent: OwnerId is not in the fields of crm.User; known here: Id, ManagerId, Name',
  ],
  [
    'an order by an unlisted field',
    ['order: LastName desc', 'order: FirstName desc'],
    '48:16 kinds.account.with.contacts.order: FirstName is not in the fields of crm.Contact; did you mean LastName?',
  ],
  [
    'metadata of an unlisted field',
    ['name: Name', 'name: Industry'],
    '58:13 kinds.account.metadata.name: Industry is not in the fields of crm.Account; known here: Domain, Id, Name, OwnerId, owner.Id, owner.ManagerId, owner.Name',
  ],
  [
    'metadata of an unlisted field of a part',
    ['field: owner.manager.Name', 'field: owner.manager.Title'],
    '60:25 kinds.account.metadata.manager.field: Title is not in the fields of crm.User',
  ],
  [
    'metadata of a part with many records',
    ['owner: owner.Name', 'owner: contacts.LastName'],
    '59:14 kinds.account.metadata.owner: contacts is a list of records; metadata takes one value',
  ],
  [
    'a part with the name of a field',
    ['      usage:', '      Domain:'],
    '49:7 kinds.account.with.Domain: a part cannot have the name of a field of crm.Account; rename the part',
  ],
  [
    'two parts of one name',
    ['      usage:', '      owner:'],
    '49:7 malformed YAML: this key stands twice in its section',
  ],
  [
    'a part that templates cannot name',
    ['      usage:', '      my-usage:'],
    '49:7 kinds.account.with.my-usage: must be letters',
  ],
  [
    'a field twice',
    ['[Id, AccountId, LastName]', '[Id, AccountId, LastName, Id]'],
    '14:43 sources.crm.streams.Contact.fields[3]: this field stands twice in the list',
  ],
  [
    'an undeclared destination',
    ['destinations: [search]', 'destinations: [serch]'],
    '65:20 pipelines.main.destinations[0]: there is no destination serch; did you mean search?',
  ],
  [
    'a kind twice',
    ['kinds: [account]', 'kinds: [account, account]'],
    '64:22 pipelines.main.kinds[1]: this kind stands twice in the list',
  ],
  [
    'a schedule that is none',
    ['0 6 * * 1-5', '0 26 * * 1-5'],
    '66:23 pipelines.main.schedule.cron: is not a cron expression; write minute hour day month weekday',
  ],
  [
    'a single time',
    ['0 6 * * 1-5', '2030-01-01T00:00:00'],
    '66:23 pipelines.main.schedule.cron: is not a cron expression',
  ],
  [
    'a schedule that never comes',
    ['0 6 * * 1-5', '0 6 30 2 *'],
    '66:23 pipelines.main.schedule.cron: this time never comes',
  ],
  [
    'an unknown time zone',
    ['Europe/Berlin', 'Europe/Berln'],
    '66:48 pipelines.main.schedule.timeZone: unknown time zone Europe/Berln; did you mean Europe/Berlin?',
  ],
] as const)('The report names %s', async (_what, change, expected) => {
  const problems = await problemsOf(changed(change));
  expect(
    problems.filter((line) => line.startsWith(expected)),
    problems.join('\n'),
  ).toHaveLength(1);
});

const deeper = (depth: number): string => {
  const indent = ' '.repeat(12 + 4 * depth);
  return `\n${indent}with:\n${indent}  deeper:\n${indent}    from: crm.User\n${indent}    on: { parent: ManagerId, part: Id }`;
};
const manager = '            on: { parent: ManagerId, part: Id }';

test('Parts nest to depth 3 and no further', async () => {
  expect(await problemsOf(changed([manager, `${manager}${deeper(0)}`]))).toEqual([]);
  expect(await problemsOf(changed([manager, `${manager}${deeper(0)}${deeper(1)}`]))).toEqual([
    '49:17 kinds.account.with.owner.with.manager.with.deeper.with: parts nest to depth 3 at most',
  ]);
});

test('A wrong type elsewhere hides no wrong name', async () => {
  const problems = await problemsOf(
    changed(['namespace: acme', 'namespace: []'], ['name: Name', 'name: Nam']),
  );
  expect(problems).toHaveLength(2);
});

test('Names that every object has are declared by nobody', async () => {
  const problems = await problemsOf(
    changed(
      ['type: warehouse', 'type: constructor'],
      ['kinds: [account]', 'kinds: [constructor]'],
      ['name: Name', 'name: toString.x'],
      ['from: crm.Contact', 'from: crm.constructor'],
    ),
  );
  expect(problems).toHaveLength(4);
});
