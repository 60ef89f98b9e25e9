import type { DataSource } from '@aws-sdk/client-bedrock-agent';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DataSource.html */
const maxDescription = 200;
const ownerMark = /\s*\[tributary owner: ([^\]]+)\]/;

/** The installation that has left its id in the description of a data source. */
export const ownerOf = (source: Pick<DataSource, 'description'>): string | undefined =>
  ownerMark.exec(source.description ?? '')?.[1];

/** What people wrote in the description stays, as far as there is room. */
export function describedWithOwner(
  { description = '' }: Pick<DataSource, 'description'>,
  installation: string,
): string {
  const mark = `[tributary owner: ${installation}]`;
  const text = description.replace(ownerMark, '').trim();
  return `${text.slice(0, Math.max(0, maxDescription - mark.length - 1))} ${mark}`.trim();
}
