import type { JsonObject } from '../../core/contract/json.ts';
import type { GeneratedRows } from '../../core/testing/index.ts';

/** Streams of a model source with the kinds over them. */
export interface Workload {
  readonly name: string;
  readonly streams: Readonly<Record<string, GeneratedRows>>;
  readonly kinds: string;
  readonly kindNames: readonly string[];
}

const words =
  'renewal pilot rollout invoice threshold escalation backlog capacity region contract workflow approval shipment ledger audit onboarding quota margin forecast depot'.split(
    ' ',
  );
const industries = ['Energy', 'Retail', 'Freight', 'Health', 'Insurance', 'Schools'];
const stages = ['Prospecting', 'Qualification', 'Proposal', 'Negotiation', 'Closed Won', 'Closed Lost'];

/** Text of so many words that differs from row to row and costs next to nothing to make. */
function prose(index: number, count: number): string {
  let text = '';
  for (let at = 0; at < count; at++) text += `${words[(index * 7 + at * 13 + (index >> 3)) % words.length]} `;
  return text;
}
const paragraphs = Array.from({ length: 512 }, (_, index) => prose(index, 110));
const sentences = Array.from({ length: 512 }, (_, index) => prose(index, 14));
const idOf = (prefix: string, index: number): string => `${prefix}${String(index).padStart(12, '0')}AAA`;

const generated = (
  count: number,
  prefix: string,
  data: (index: number, id: string) => JsonObject,
): GeneratedRows => ({
  count,
  row(index) {
    const id = idOf(prefix, index);
    return [id, data(index, id)];
  },
});

/** Records of about 1.3 KB, each the root of one document that is made of it alone. */
export function oneToOne(records: number): Workload {
  return {
    name: 'one-to-one',
    kindNames: ['account'],
    streams: {
      Account: generated(records, '001', (index, Id) => ({
        Id,
        Name: `Company ${index}`,
        Industry: industries[index % industries.length]!,
        AnnualRevenue: (index % 977) * 1_000,
        NumberOfEmployees: index % 4_999,
        BillingCity: `City ${index % 311}`,
        BillingCountry: `Country ${index % 60}`,
        Website: `https://company-${index}.example`,
        Plan__c: `Plan ${index % 4}`,
        Renewal_Date__c: `2026-${String(1 + (index % 12)).padStart(2, '0')}-15`,
        Renewal_Risk__c: index % 3 === 0 ? 'High' : 'Low',
        OwnerName: `Person ${index % 200}`,
        Summary: sentences[index % 512]!,
        Description: paragraphs[(index * 5) % 512]!,
      })),
    },
    kinds: `
  account:
    from: crm.Account
    title: '{{Name}}'
    body: |
      # {{Name}}

      {{Name}} is a customer in {{BillingCity}}, {{BillingCountry}} (industry: {{default Industry "unknown"}}), on the {{Plan__c}} plan. It has {{number NumberOfEmployees}} employees and yearly revenue of {{currency AnnualRevenue "EUR"}}. {{OwnerName}} looks after it.

      {{#if Description}}
      {{md Description}}

      {{/if}}
      ## Renewal of {{Name}}

      The contract of {{Name}} is due for renewal on {{date Renewal_Date__c}}. Renewal risk: {{Renewal_Risk__c}}. {{oneline Summary}}
    metadata:
      account: Name
      industry: Industry
      country: BillingCountry
      plan: Plan__c
      renewal_risk: Renewal_Risk__c
      renewal_date: { field: Renewal_Date__c, type: instant }
    access: { everyone: made-up companies }`,
  };
}

/** For each account 3 contacts, 2.5 opportunities and 6 months of usage; documents of accounts and opportunities. */
export function joined(records: number): Workload {
  const accounts = Math.max(8, Math.floor(records / 12.5));
  const users = Math.max(4, Math.floor(accounts / 40));
  const account = (index: number, every: number): string => idOf('001', Math.floor(index / every) % accounts);
  return {
    name: 'joined',
    kindNames: ['account', 'opportunity'],
    streams: {
      User: generated(users, '005', (index, Id) => ({
        Id,
        Name: `Person ${index}`,
        Title: 'Account manager',
      })),
      Account: generated(accounts, '001', (index, Id) => ({
        Id,
        Name: `Company ${index}`,
        Industry: industries[index % industries.length]!,
        AnnualRevenue: (index % 977) * 1_000,
        BillingCity: `City ${index % 311}`,
        BillingCountry: `Country ${index % 60}`,
        OwnerId: idOf('005', index % users),
        Renewal_Date__c: `2026-${String(1 + (index % 12)).padStart(2, '0')}-15`,
        Description: paragraphs[index % 512]!,
      })),
      Contact: generated(accounts * 3, '003', (index, Id) => ({
        Id,
        AccountId: account(index, 3),
        FirstName: `First ${index % 97}`,
        LastName: `Last ${index % 1_009}`,
        Title: 'Operations',
      })),
      Opportunity: generated(Math.floor(accounts * 2.5), '006', (index, Id) => ({
        Id,
        AccountId: account(index * 2, 5),
        OwnerId: idOf('005', index % users),
        Name: `Deal ${index}`,
        StageName: stages[index % stages.length]!,
        Amount: (index % 499) * 100,
        CloseDate: `2026-${String(1 + (index % 12)).padStart(2, '0')}-01`,
        IsClosed: index % stages.length > 3,
        NextStep: sentences[index % 512]!,
        Description: paragraphs[(index * 3) % 512]!,
      })),
      Usage: generated(accounts * 6, 'u', (index, Id) => ({
        Id,
        ACCOUNT_ID: account(index, 6),
        MONTH: `2025-${String(1 + (index % 6)).padStart(2, '0')}-01`,
        ACTIVE_USERS: String(index % 997),
        API_CALLS: String((index % 7_919) * 100),
      })),
    },
    kinds: `
  account:
    from: crm.Account
    with:
      owner: { from: crm.User, on: { parent: OwnerId, part: Id }, one: true }
      contacts: { from: crm.Contact, on: { parent: Id, part: AccountId }, order: LastName, limit: 8 }
      opportunities: { from: crm.Opportunity, on: { parent: Id, part: AccountId }, where: { IsClosed: false }, order: CloseDate, limit: 10 }
      usage: { from: crm.Usage, on: { parent: Id, part: ACCOUNT_ID }, order: MONTH desc, limit: 6 }
    title: '{{Name}}'
    body: |
      # {{Name}}

      {{Name}} is a customer in {{BillingCity}}, {{BillingCountry}} (industry: {{Industry}}) with yearly revenue of {{currency AnnualRevenue "EUR"}}. {{#if owner}}{{owner.Name}} ({{owner.Title}}) looks after it.{{/if}}

      {{md Description}}

      ## Contacts at {{Name}}

      {{#each contacts}}
      - {{FirstName}} {{LastName}}, {{default Title "no title"}} at {{../Name}}
      {{/each}}

      ## Open opportunities of {{Name}}

      {{#each opportunities}}
      - {{oneline Name}}: {{currency Amount "EUR"}}, stage {{StageName}}, expected to close on {{date CloseDate}}. Next step: {{oneline NextStep}}
      {{/each}}

      ## Product usage of {{Name}}

      {{#each usage}}
      - {{../Name}} in the month that began {{date MONTH}}: {{number ACTIVE_USERS}} active users, {{number API_CALLS}} API calls.
      {{/each}}
    metadata:
      industry: Industry
      country: BillingCountry
      owner: owner.Name
      renewal_date: { field: Renewal_Date__c, type: instant }
    access: { everyone: made-up companies }
  opportunity:
    from: crm.Opportunity
    with:
      account: { from: crm.Account, on: { parent: AccountId, part: Id }, one: true }
      owner: { from: crm.User, on: { parent: OwnerId, part: Id }, one: true }
    title: '{{oneline Name}}'
    body: |
      # Opportunity: {{oneline Name}}

      {{oneline Name}} is an opportunity with {{account.Name}} ({{account.Industry}}, {{account.BillingCountry}}), worth {{currency Amount "EUR"}}. Stage: {{StageName}}. Expected to close on {{date CloseDate}}. Owner: {{owner.Name}}.

      Next step of {{oneline Name}}: {{oneline NextStep}}

      {{md Description}}
    metadata:
      account: account.Name
      owner: owner.Name
      stage: StageName
      amount: { field: Amount, type: number }
      is_closed: { field: IsClosed, type: boolean }
    access: { everyone: made-up companies }`,
  };
}
