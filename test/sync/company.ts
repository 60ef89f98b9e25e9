import type { ModelSourceOptions } from '../../core/testing/model-source.ts';

/** Accounts with contacts and a warehouse's usage, on two planes: enough to tell every promise by. */
export const kindsYaml = `
kinds:
  account:
    from: crm.Account
    with:
      owner: { from: crm.User, on: { parent: OwnerId, part: Id }, one: true }
      contacts: { from: crm.Contact, on: { parent: Id, part: AccountId }, order: Name, limit: 3 }
      deals: { from: crm.Deal, on: { parent: Id, part: AccountId }, where: { IsClosed: false }, order: Amount desc, limit: 5 }
      usage: { from: warehouse.usage, on: { parent: { field: Id, as: lower }, part: { field: ACCOUNT, as: lower } }, order: MONTH desc, limit: 2 }
    title: "{{Name}}"
    body: |
      {{Name}} is looked after by {{owner.Name}}.
      {{#each contacts}}
      Contact: {{Name}}.
      {{/each}}
      {{#each deals}}
      Deal of {{Amount}}.
      {{/each}}
      {{#each usage}}
      {{../Name}} used {{CALLS}} calls in {{MONTH}}.
      {{/each}}
    metadata: { industry: Industry }
    access: { everyone: the demo data is not secret }
`;

export const baseRows = (): ModelSourceOptions['streams'] => ({
  Account: {
    a1: { Id: 'a1', Name: 'Alder', OwnerId: 'u1', Industry: 'Energy' },
    a2: { Id: 'a2', Name: 'Birch', OwnerId: 'u1', Industry: 'Retail' },
    a3: { Id: 'a3', Name: 'Cedar', OwnerId: 'u2', Industry: 'Retail' },
  },
  User: { u1: { Id: 'u1', Name: 'Uma' }, u2: { Id: 'u2', Name: 'Viktor' } },
  Contact: { c1: { Id: 'c1', Name: 'Ann', AccountId: 'a1' }, c2: { Id: 'c2', Name: 'Ben', AccountId: 'a2' } },
  Deal: { d1: { Id: 'd1', AccountId: 'a1', Amount: 100, IsClosed: false } },
});

export const baseUsage = (): ModelSourceOptions['streams'] => ({
  usage: { u1: { ID: 'u1', ACCOUNT: 'A1', MONTH: '2026-01', CALLS: 7 } },
});

export const crmFields = {
  Account: ['Id', 'Name', 'OwnerId', 'Industry'],
  User: ['Id', 'Name'],
  Contact: ['Id', 'Name', 'AccountId'],
  Deal: ['Id', 'AccountId', 'Amount', 'IsClosed'],
};
export const warehouseFields = { usage: ['ID', 'ACCOUNT', 'MONTH', 'CALLS'] };

/** The configuration of the company, with its connectors under the names of the models. */
export const yamlOf = (
  options: { readonly reconcile?: string | undefined; readonly kinds?: string | undefined } = {},
): string => `
namespace: acme
sources:
  crm:
    type: model
    streams:
      Account: { fields: [Id, Name, OwnerId, Industry]${options.reconcile ? `, reconcile: ${options.reconcile}` : ''} }
      User: { fields: [Id, Name] }
      Contact: { fields: [Id, Name, AccountId] }
      Deal: { fields: [Id, AccountId, Amount, IsClosed] }
  warehouse:
    type: model-warehouse
    streams:
      usage: { fields: [ID, ACCOUNT, MONTH, CALLS] }
destinations:
  left: { type: model-left, plane: stateful }
  right: { type: model-right, plane: stateless }
${options.kinds ?? kindsYaml}
pipelines:
  all: { kinds: [account], destinations: [left, right] }
`;
