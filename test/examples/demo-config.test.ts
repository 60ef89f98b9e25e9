import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { generateDemoCompany } from '../../examples/demo-company/generate.ts';
import { rowsOf } from '../../examples/demo-company/shown.ts';
import { bedrockConfig } from '../../connectors/bedrock-knowledge-base/config.ts';
import { configSchema as azureConfig } from '../../connectors/azure-ai-search/config.ts';
import { salesforceConfig, salesforceStream } from '../../connectors/salesforce/config.ts';
import { snowflakeConfig, snowflakeStream } from '../../connectors/snowflake/config.ts';
import { readConfig, renderTemplate, templateNode } from './render-kind.ts';

const path = fileURLToPath(new URL('../../connectors.config.yaml', import.meta.url));
const settings = readConfig(path);
const company = generateDemoCompany();

describe('the configuration that comes with Tributary', () => {
  it('lists only fields that the demo company has', () => {
    const tables = {
      salesforce: company.salesforce,
      snowflake: company.snowflake,
    } as const;
    for (const [source, { streams }] of Object.entries(settings.sources)) {
      for (const [name, stream] of Object.entries(streams)) {
        const tableName = typeof stream['table'] === 'string' ? stream['table'] : name;
        const table = tables[source as 'salesforce'].find((one) => one.name === tableName);
        const columns = table?.columns.map((column) => column.name) ?? [];
        expect(columns, `${source}.${name}`).toEqual(expect.arrayContaining(stream.fields));
      }
    }
  });

  it('lists no field that Salesforce calls confidential, restricted or calculated', () => {
    const listed = settings.sources['salesforce']?.streams ?? {};
    const thinkFirst = company.salesforce.flatMap((table) =>
      table.columns
        .filter(
          (column) => column.calculated || ['Confidential', 'Restricted'].includes(column.sensitivity ?? ''),
        )
        .filter((column) => listed[table.name]?.fields.includes(column.name))
        .map((column) => `${table.name}.${column.name}`),
    );
    expect(thinkFirst).toEqual(['Escalation__c.Internal_Notes__c']);
    expect(listed['Escalation__c']?.access).toEqual({ allow: ['group:support-leads'], deny: [] });
  });

  it('is accepted by every connector once its references are set', () => {
    const filled = (value: unknown): unknown =>
      typeof value === 'string'
        ? value
            .replace(/^\$\{(\w*(?:LOGIN_URL|ENDPOINT))\}$/, 'https://service.example')
            .replace(/^\$\{BEDROCK_\w+_ID\}$/, 'ABCDE12345')
            .replace(/\$\{\w+(?::-([^}]*))?\}/, (_, other: string | undefined) => other ?? 'set')
        : Array.isArray(value)
          ? value.map(filled)
          : value !== null && typeof value === 'object'
            ? Object.fromEntries(
                Object.entries(value)
                  .filter(([, one]) => !/^\$\{\w+:-\}$/.test(String(one)))
                  .map(([key, one]) => [key, filled(one)]),
              )
            : value;
    const without = (value: object, ...keys: string[]) =>
      filled(Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))));
    const engineKeys = ['fields', 'access', 'classification', 'trust'];
    const { salesforce, snowflake } = settings.sources;
    const { bedrock, azure } = settings.destinations;
    salesforceConfig.parse(without(salesforce!, 'type', 'streams'));
    snowflakeConfig.parse(without(snowflake!, 'type', 'streams'));
    for (const stream of Object.values(salesforce!.streams))
      salesforceStream.parse(without(stream, ...engineKeys));
    for (const stream of Object.values(snowflake!.streams))
      snowflakeStream.parse(without(stream, ...engineKeys));
    bedrockConfig.parse(without(bedrock!, 'type', 'plane', 'accepts'));
    azureConfig.parse(without(azure!, 'type', 'plane', 'accepts'));
  });

  it('gives every piece of metadata that Azure keeps in a field of its own', () => {
    const declared = new Set(Object.values(settings.kinds).flatMap((kind) => Object.keys(kind.metadata)));
    const azure = settings.destinations['azure'] as unknown as { metadata: { fields: object } };
    expect(Object.keys(azure.metadata.fields).sort()).toEqual([...declared].sort());
  });

  it('renders an account with its contacts, opportunities, cases, usage and invoices', () => {
    const account = rowsOf(company, 'Account')[0]!;
    const of = (table: string, field: string, value: unknown) =>
      rowsOf(company, table).filter((row) => row[field] === value);
    const short = String(account['Id']).slice(0, 15);
    const body = renderTemplate(settings.kinds['account']!.body, templateNode(settings, 'account'), {
      ...account,
      owner: of('User', 'Id', account['OwnerId'])[0],
      contacts: of('Contact', 'AccountId', account['Id']),
      opportunities: of('Opportunity', 'AccountId', account['Id']),
      cases: of('Case', 'AccountId', account['Id']).slice(0, 5),
      usage: of('ANALYTICS.MART.PRODUCT_USAGE', 'ACCOUNT_ID', short).slice(-6),
      invoices: of('ANALYTICS.MART.INVOICES', 'ACCOUNT_ID', short),
      escalations: [],
    });
    expect(body).toContain('# Aldermoor Freight\n\nAldermoor Freight is a customer in Rotterdam');
    expect(body).toContain('yearly revenue of EUR 184,000,000.00');
    expect(body).toContain('Renewal risk of Aldermoor Freight: High. Reason: Scheduled exports of customs');
    expect(body).toContain('- Idris Bakker, Customs Manager at Aldermoor Freight');
    expect(body).toContain(
      'EUR 312,000.00, stage Negotiation/Review, 80% likely, expected to close on 2 Mar 2026.',
    );
    expect(body).toContain(
      '- Case 00001001 of Aldermoor Freight, opened 11 Jan 2026: Customs declarations export',
    );
    expect(body).toMatch(
      /- Aldermoor Freight in the month that began 1 Dec 2025: \d+ active users, [\d,]+ API calls, [\d.]+ GB/,
    );
    expect(body).toMatch(
      /- Invoice INV-020003 to Aldermoor Freight, issued 26 Dec 2025: EUR [\d,]+\.\d\d, \w+\./,
    );
    expect(body).not.toMatch(/\n\n\n|undefined|null|Escalations/);
  });

  it('renders a case and an opportunity also where the account is missing', () => {
    const row = rowsOf(company, 'Case').find((one) => one['AccountId'] === null)!;
    const kind = settings.kinds['case']!;
    const body = renderTemplate(kind.body, templateNode(settings, 'case'), { ...row, account: undefined });
    expect(body).toMatch(/\nA customer opened case \d{8} on \d+ \w{3} \d{4} by /);
    expect(body).toContain('## What the customer wrote');
    const opportunity = rowsOf(company, 'Opportunity')[2]!;
    const text = renderTemplate(
      settings.kinds['opportunity']!.body,
      templateNode(settings, 'opportunity'),
      opportunity,
    );
    expect(text).toContain('is an opportunity (Expansion), worth GBP 84,500.00.');
  });
});
