import type { JsonObject } from '../../core/contract/json.ts';
import { createRandom } from '../../core/testing/random.ts';
import { kindsYaml } from '../sync/company.ts';
import { createScenario } from '../sync/scenario.ts';

/** `node fingerprints-child.ts <seed>`: syncs a company whose rows arrive in an order of the seed, and prints what is held. */
const random = createRandom(Number(process.argv[2]));
const shuffled = (rows: readonly JsonObject[], key: string): (readonly [string, JsonObject])[] =>
  rows
    .map((row) => ({ row: shuffledKeys(row), at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ row }) => [String(row[key]), row] as const);
const shuffledKeys = (row: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(row)
      .map((entry) => ({ entry, at: random() }))
      .sort((one, other) => one.at - other.at)
      .map(({ entry }) => entry),
  );

const names = [
  'İstanbul',
  'ılık',
  'straße',
  'Zürich',
  'ångström',
  'Ñandú',
  'čaj',
  'éclair',
  'e\u0301clair',
  '😀',
];
const scenario = createScenario({
  rows: {
    Account: shuffled(
      names.map((Name, at) => ({ Id: `A${at}`, Name, OwnerId: `u${at % 2}`, Industry: at * 1234567.125 })),
      'Id',
    ),
    User: shuffled(
      ['Ömer', 'i I ı İ'].map((Name, at) => ({ Id: `u${at}`, Name })),
      'Id',
    ),
    Contact: shuffled(
      names.map((Name, at) => ({ Id: `c${at}`, Name, AccountId: `A${at % 3}` })),
      'Id',
    ),
    Deal: shuffled(
      names.map((_, at) => ({
        Id: `d${at}`,
        AccountId: `A${at % 2}`,
        Amount: String(at * 9.5),
        IsClosed: false,
      })),
      'Id',
    ),
  },
  usage: {
    usage: shuffled(
      names.map((_, at) => ({
        ID: `x${at}`,
        ACCOUNT: `a${at}`,
        MONTH: `2026-03-29T0${at}:30:00Z`,
        CALLS: at,
      })),
      'ID',
    ),
  },
  source: { pageSize: 1 + Math.floor(random() * 4) },
  kinds: kindsYaml
    .replace('Deal of {{Amount}}', 'Deal of {{currency Amount "EUR"}}')
    .replace('in {{MONTH}}', 'in {{date MONTH}}, {{instant MONTH}}')
    .replace('is looked after', 'of {{number Industry}} is looked after'),
});
try {
  await scenario.sync();
  const held = [...scenario.right.held()].sort(([one], [other]) => (one < other ? -1 : 1));
  process.stdout.write(
    JSON.stringify(
      held.map(([id, { fingerprint, document }]) => [id, fingerprint, document?.version, document?.body]),
    ),
  );
} finally {
  scenario.end();
}
