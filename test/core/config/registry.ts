import { z } from 'zod';
import { duration, endpoint, secret } from '../../../core/config/fields.ts';
import type { Registry } from '../../../core/config/config.ts';
import { defineDestination, defineSource } from '../../../core/contract/define.ts';

const unused = () => Promise.reject(new Error('loading a configuration creates nothing'));

/** Not strict on purpose: the loader has to refuse unknown keys all the same. */
const crm = defineSource({
  type: 'crm',
  title: 'A CRM',
  config: z.object({
    loginUrl: endpoint(),
    auth: z.discriminatedUnion('method', [
      z.object({ method: z.literal('password'), clientId: z.string(), clientSecret: secret() }),
      z.strictObject({ method: z.literal('key'), clientId: z.string(), privateKey: secret() }),
    ]),
    pageSize: z.int().min(1).max(2000).default(2000),
    deletes: z.boolean().default(true),
    lag: duration().prefault('60s'),
  }),
  stream: z.object({ cursor: z.string().optional() }),
  create: unused,
});

const warehouse = defineSource({
  type: 'warehouse',
  title: 'A warehouse',
  config: z.strictObject({
    account: z.string(),
    auth: z.union([
      z.strictObject({ token: secret() }),
      z.strictObject({ key: secret(), pass: secret().optional() }),
    ]),
  }),
  stream: z.strictObject({ table: z.string(), key: z.array(z.string()).min(1) }),
  create: unused,
});

const index = defineDestination({
  type: 'index',
  title: 'An index',
  config: z
    .object({
      endpoint: endpoint().optional(),
      apiKey: secret(),
      batch: z.strictObject({ maxDocuments: z.int().default(1000) }).prefault({}),
      tier: z.enum(['basic', 'standard']).default('basic'),
      credentials: z.strictObject({ id: secret(), key: secret() }).optional(),
    })
    .transform((settings) => ({ ...settings, header: `Bearer ${settings.apiKey}` })),
  create: unused,
});

export const registry: Registry = {
  sources: { crm: async () => crm, warehouse: async () => warehouse },
  destinations: { index: async () => index },
};

export const environment = {
  CRM_SECRET: 'crm-secret-value',
  WAREHOUSE_TOKEN: 'warehouse-token-value',
  INDEX_KEY: 'index-key-value',
};

export const valid = `namespace: acme
sources:
  crm:
    type: crm
    loginUrl: https://acme.example.com
    auth:
      method: password
      clientId: tributary
      clientSecret: \${CRM_SECRET}
    streams:
      Account:
        fields: [Id, Name, OwnerId, Domain]
      Contact:
        fields: [Id, AccountId, LastName]
      User:
        fields: [Id, Name, ManagerId]
  dwh:
    type: warehouse
    account: acme
    auth: { token: "\${WAREHOUSE_TOKEN}" }
    streams:
      USAGE:
        table: PUBLIC.USAGE
        key: [ACCOUNT, DAY]
        fields: [ACCOUNT, DAY, SEATS]
destinations:
  search:
    type: index
    plane: stateless
    apiKey: \${INDEX_KEY}
kinds:
  account:
    from: crm.Account
    where: { Name: { exists: true } }
    with:
      owner:
        from: crm.User
        one: true
        on: { parent: OwnerId, part: Id }
        with:
          manager:
            from: crm.User
            one: true
            on: { parent: ManagerId, part: Id }
      contacts:
        from: crm.Contact
        on: { parent: Id, part: { field: AccountId, as: salesforceId } }
        order: LastName desc
      usage:
        from: dwh.USAGE
        on: { parent: Id, part: ACCOUNT }
    title: "{{Name}}"
    body: |
      # {{Name}}

      {{#each contacts}}{{LastName}}{{/each}}
    metadata:
      name: Name
      owner: owner.Name
      manager: { field: owner.manager.Name }
    access: { allow: ["group:sales"] }
pipelines:
  main:
    kinds: [account]
    destinations: [search]
    schedule: { cron: "0 6 * * 1-5", timeZone: Europe/Berlin }
`;
