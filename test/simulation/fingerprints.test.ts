import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const machines = [
  { TZ: 'UTC', LANG: 'C', seed: 1 },
  { TZ: 'America/Los_Angeles', LANG: 'en_US.UTF-8', seed: 2 },
  { TZ: 'Europe/Berlin', LANG: 'de_DE.UTF-8', seed: 3 },
  { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', seed: 4 },
  { TZ: 'Pacific/Chatham', LANG: 'sv_SE.UTF-8', seed: 5 },
];

it('ids, texts and fingerprints are the same in processes of other time zones and languages, in whatever order records and fields arrive', () => {
  const held = machines.map(({ TZ, LANG, seed }) =>
    execFileSync(process.execPath, [join(import.meta.dirname, 'fingerprints-child.ts'), String(seed)], {
      encoding: 'utf8',
      env: { ...process.env, TZ, LANG, LC_ALL: LANG },
    }),
  );
  expect(JSON.parse(held[0]!)).toHaveLength(10);
  expect(held[0]).toContain('EUR');
  for (const other of held) expect(JSON.parse(other)).toEqual(JSON.parse(held[0]!));
});
