import { describe, expect, it } from 'vitest';
import { killCompanies } from './vendors/kill-companies.ts';

/** `node test/crash/run.ts` kills a thousand, and plays a seed again. */
const kills = Number(process.env['KILLS'] ?? (process.env['CI'] ? 100 : 24));
const seed = Number(process.env['KILL_SEED'] ?? 1);

describe('a sync that is killed while Salesforce, Snowflake, Bedrock and Azure misbehave', () => {
  it(
    'is followed by an ordinary run that ends with both planes as the sources say: nothing lost, doubled, orphaned or forbidden',
    async () => {
      const { killed, broken } = await killCompanies({ kills, seed, parallel: 2 });
      expect(broken).toEqual([]);
      // The last round may kill a second process.
      expect(killed).toBeGreaterThanOrEqual(kills);
    },
    60_000 + kills * 10_000,
  );
});
