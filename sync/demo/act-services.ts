import { formatCount, formatMany, pad, textWidth } from '../../core/observe/format.ts';
import type { Table } from '../../core/testing/table.ts';
import { countRows, type Input } from './input.ts';
import type { Screen } from './screen.ts';
import type { Service, Services } from './services.ts';

/** Says what is emulated and where, and with what it is loaded. */
export function showServices(screen: Screen, services: Services, input: Input, shownConfig: string): void {
  const { bold, dim, cyan } = screen.palette;
  screen.write(bold('Tributary demo'));
  screen.say(
    "Salesforce, Snowflake, Amazon Bedrock and Azure AI Search are emulated on this machine, with the limits of the real services; how answers are ranked is the emulators' own.",
  );
  screen.act('Four services, one configuration');
  const width = Math.max(...services.list.map((one) => textWidth(one.title)));
  for (const one of services.list)
    screen.write(`${pad(one.title, width)}  ${cyan(pad(one.url, 22))}  ${describe(one, input)}`);
  const whose = input.company
    ? 'Corvane Software, an invented company, keeps its customers in Salesforce, their product usage and invoices in Snowflake.'
    : 'The sources hold the data of your folder.';
  screen.write('');
  screen.say(whose);
  screen.say(
    `The configuration is ${shownConfig}, as a deployment runs it: addresses and credentials come from the environment.`,
  );
  if (input.company && countRows(input.salesforce) > 2000)
    screen.write(dim('Bedrock takes 50 documents a second: a large company takes its time.'));
}

function describe({ name }: Service, { salesforce, snowflake }: Input): string {
  const rows = (tables: readonly Table[], one: string, row: string): string =>
    `${formatMany(tables.length, one)}, ${formatCount(countRows(tables))} ${row}`;
  switch (name) {
    case 'salesforce':
      return rows(salesforce, 'object', 'records');
    case 'snowflake':
      return rows(snowflake, 'table', 'rows');
    case 'bedrock':
      return 'an empty knowledge base';
    case 's3':
      return 'an empty bucket';
    case 'azure':
      return 'no index yet';
  }
}
