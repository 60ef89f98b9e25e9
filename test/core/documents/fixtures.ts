import type { StreamConfig } from '../../../core/config/config.ts';
import { kindSchema } from '../../../core/config/schema.ts';
import type { JsonObject } from '../../../core/contract/json.ts';
import { compileKind, type KindContext } from '../../../core/documents/compile-kind.ts';
import type { Composition, Kind, RecordNode } from '../../../core/documents/kind.ts';

export const stream = (id: string, fields: string[], more: Partial<StreamConfig> = {}): StreamConfig => ({
  id,
  name: id.slice(id.indexOf('.') + 1),
  fields,
  access: undefined,
  classification: undefined,
  trust: undefined,
  options: {},
  ...more,
});

export const streams = (more: Record<string, Partial<StreamConfig>> = {}): Record<string, StreamConfig> =>
  Object.fromEntries(
    [
      stream('crm.Account', 'Id Name Industry Revenue Tier Active Since Tags OwnerId Website'.split(' ')),
      stream('crm.User', ['Id', 'Name', 'Email']),
      stream('crm.Case', ['Id', 'AccountId', 'Subject', 'Status', 'CreatedDate', 'Team']),
      stream('crm.Comment', ['Id', 'CaseId', 'Body', 'Team']),
      stream('lake.USAGE', ['ACCOUNT_ID', 'SEATS', 'DAY']),
    ].map((one) => [one.id, { ...one, ...more[one.id] }]),
  );

export const context = (more: Partial<KindContext> = {}): KindContext => ({
  namespace: 'acme',
  streams: streams(),
  systems: {
    crm: {
      system: 'salesforce',
      instance: '00D1',
      link: (name, key) => `https://crm.example/${name}/${key}`,
    },
    lake: { system: 'snowflake', instance: 'org-account' },
  },
  ...more,
});

export const account = {
  from: 'crm.Account',
  title: '{{Name}}',
  body: '# {{md Name}}\n\n{{#with owner}}Owner: {{Name}}{{/with}}\n{{#each cases}}- {{Subject}}\n{{/each}}',
  access: { everyone: 'made-up records of a test' },
};
export const owner = { from: 'crm.User', on: { parent: 'OwnerId', part: 'Id' }, one: true };
export const cases = {
  from: 'crm.Case',
  on: { parent: { field: 'Id', as: 'salesforceId' }, part: 'AccountId' },
};

/** Compiles a kind as the configuration would give it. */
export const kindOf = (config: object, given: KindContext = context()): Kind =>
  compileKind('account', kindSchema.parse(config), given);

export const record = (
  key: string,
  data: JsonObject,
  parts: Record<string, RecordNode[]> = {},
  modifiedAt?: string,
): RecordNode => ({ key, data, parts, modifiedAt });

export function composed(
  kind: Kind,
  root: RecordNode,
  missing: string[] = [],
): Composition & { status: 'composed' } {
  const composition = kind.compose(root, missing);
  if (composition.status !== 'composed') throw new Error(`${composition.status}: ${composition.reason}`);
  return composition;
}
