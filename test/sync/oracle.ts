import type { JsonObject } from '../../core/contract/json.ts';
import type { Scenario } from './scenario.ts';

/** What every plane should hold, worked out from the sources' rows by plain code that shares nothing with the engine. */
export function expectedBodies(scenario: Pick<Scenario, 'crm' | 'warehouse'>): Record<string, string> {
  const rows = (stream: string): JsonObject[] => [...scenario.crm.rows(stream).values()];
  const expected: Record<string, string> = {};
  for (const account of rows('Account')) {
    const lines: string[] = [];
    const owner = rows('User').find((user) => user['Id'] === account['OwnerId']);
    lines.push(`${account['Name']} is looked after by ${owner ? owner['Name'] : ''}.`);
    rows('Contact')
      .filter((contact) => contact['AccountId'] === account['Id'])
      .sort((one, other) => compare(one['Name'], other['Name']) || compare(one['Id'], other['Id']))
      .slice(0, 3)
      .forEach((contact) => lines.push(`Contact: ${contact['Name']}.`));
    rows('Deal')
      .filter((deal) => deal['AccountId'] === account['Id'] && deal['IsClosed'] === false)
      .sort((one, other) => compare(other['Amount'], one['Amount']) || compare(other['Id'], one['Id']))
      .slice(0, 5)
      .forEach((deal) => lines.push(`Deal of ${deal['Amount']}.`));
    [...scenario.warehouse.rows('usage').values()]
      .filter((usage) => String(usage['ACCOUNT']).toLowerCase() === account['Id'])
      .sort((one, other) => compare(other['MONTH'], one['MONTH']) || compare(other['ID'], one['ID']))
      .slice(0, 2)
      .forEach((usage) =>
        lines.push(`${account['Name']} used ${usage['CALLS']} calls in ${usage['MONTH']}.`),
      );
    expected[String(account['Id'])] = lines.join(' ').replace(/\s+/g, ' ').trim();
  }
  return expected;
}

function compare(one: unknown, other: unknown): number {
  if (one === other) return 0;
  return (one as number) < (other as number) ? -1 : 1;
}
