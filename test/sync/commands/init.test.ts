import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAzureAiSearchEmulator } from '../../../connectors/azure-ai-search/emulator/index.ts';
import { startBedrockEmulator } from '../../../connectors/bedrock-knowledge-base/emulator/index.ts';
import { startSalesforceEmulator } from '../../../connectors/salesforce/emulator/index.ts';
import { startSnowflakeEmulator } from '../../../connectors/snowflake/emulator/index.ts';
import { generateDemoCompany } from '../../../examples/demo-company/generate.ts';
import { say, type Said } from './command-line.ts';

const company = generateDemoCompany();
const services: { readonly env: Readonly<Record<string, string>>; close(): Promise<void> }[] = [];
let env: Record<string, string>;
let folder: string;

beforeAll(async () => {
  services.push(
    await startSalesforceEmulator({ tables: company.salesforce }),
    await startSnowflakeEmulator({ tables: company.snowflake }),
    await startBedrockEmulator({ limits: false, second: true }),
    await startAzureAiSearchEmulator(),
  );
  env = Object.assign({}, ...services.map((one) => one.env)) as Record<string, string>;
  // The AWS SDK looks for its credentials in the process.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) process.env[name] = env[name];
});
afterAll(async () => {
  for (const one of services) await one.close();
});
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tributary-init-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const init = (environment: Readonly<Record<string, string>>, ...argv: string[]): Promise<Said> =>
  say(['init', ...argv], { cwd: folder, env: environment });
const written = (): string => readFileSync(join(folder, 'connectors.config.yaml'), 'utf8');

describe('tributary init with credentials', () => {
  it('writes allow-lists of real fields, with sensitive and calculated ones commented out and why', async () => {
    const { code, out } = await init(env, '--yes', '--namespace', 'corvane');
    expect(code).toBe(0);
    expect(out).toMatch(/salesforce: \d+ fields of 5 streams listed, 5 sensitive or calculated left out/);
    const text = written();
    expect(text).toMatch(/^ +- Renewal_Risk__c$/m);
    expect(text).toMatch(/^ +# - Phone +Confidential$/m);
    expect(text).toMatch(/^ +# - Days_To_Renewal__c +calculated: /m);
    expect(text).toMatch(/^ +key: \[ACCOUNT_ID, MONTH\]$/m);
    expect(text).toContain('${SALESFORCE_CLIENT_SECRET}');
    for (const [name, value] of Object.entries(env))
      if (/SECRET|KEY|TOKEN/.test(name)) expect(text).not.toContain(value);
  });

  it('offers what a reindex without downtime needs, as lines that hold once the # is taken away', async () => {
    await init(env, '--yes', '--namespace', 'corvane');
    const text = written();
    expect(text).toMatch(/# .*`tributary reindex --blue-green`.*\n +# alias: /);
    expect(text).toMatch(/# .*`tributary reindex --blue-green`.*\n +# slots: /);
    const io = { cwd: folder, env };
    const preview = (): Promise<Said> => say(['reindex', '--blue-green', '--dry-run', '--json'], io);
    expect((await preview()).error).toContain('SLOTS_UNSUPPORTED');
    const offered = text
      .replace('# alias: ', 'alias: ')
      .replace('# slots: ', 'slots: ')
      .replace('knowledgeBaseId: …', 'knowledgeBaseId: KBTRIBUT02')
      .replace('dataSourceId: …', 'dataSourceId: DSTRIBUT02');
    writeFileSync(join(folder, 'connectors.config.yaml'), offered);
    const checked = await say(['check'], io);
    expect([checked.code, checked.error]).toEqual([0, '']);
    const { code, out } = await preview();
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      { moves: [{ destination: 'azure' }, { destination: 'bedrock' }], refused: [] },
    ]);
  });

  it('writes what check accepts and a run turns into documents that the pilot group finds', async () => {
    await init(env, '--yes', '--namespace', 'corvane');
    const io = { cwd: folder, env };
    const checked = await say(['check'], io);
    expect([checked.code, checked.error]).toEqual([0, '']);
    const { code, out } = await say(['sync', '--json'], io);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      destinations: [
        { held: 300, quarantined: 0, withheld: 0 },
        { held: 300, quarantined: 0, withheld: 0 },
      ],
      joins: expect.arrayContaining([
        expect.objectContaining({ kind: 'account', part: 'product_usage', parentsWithPart: 60 }),
      ]) as unknown,
    });
    const question = ['ask', 'Quillon', 'Energy', '--json'];
    const nobody = await say(question, io);
    const pilot = await say([...question, '--as', 'group:tributary-pilot'], io);
    expect(JSON.parse(nobody.out)).toMatchObject({ answers: [{ hits: [] }, { hits: [] }] });
    expect((JSON.parse(pilot.out) as { shared: string[] }).shared.length).toBeGreaterThan(0);
  });

  it('reads .env beside the configuration, and only the streams asked for', async () => {
    const quoted = (value: string): string => (value.includes('\n') ? `"${value}"` : value);
    const lines = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
    writeFileSync(join(folder, '.env'), [...lines, 'AZURE_SEARCH_INDEX=opportunities'].join('\n'));
    const asked = ['--source', 'salesforce', '--stream', 'Opportunity', 'User', '-d', 'azure-ai-search'];
    const { code } = await init({}, ...asked);
    expect(code).toBe(0);
    expect(written()).toMatch(/kinds: \[opportunity\]/);
    expect(written()).not.toMatch(/Account:|bedrock|snowflake/);
    expect((await say(['check'], { cwd: folder, env: {} })).code).toBe(0);
  });

  it('ends with 2 and writes nothing when the credentials are wrong', async () => {
    const { code, error } = await init({ ...env, SALESFORCE_CLIENT_SECRET: 'wrong-secret' }, '--yes');
    expect(code).toBe(2);
    expect(error).toMatch(/^error: /);
    expect(error).not.toContain('wrong-secret');
    expect(existsSync(join(folder, 'connectors.config.yaml'))).toBe(false);
  });
});

describe('tributary init without credentials', () => {
  it('writes examples and .env.example; filled in, the Salesforce part passes check', async () => {
    const { code, out } = await init({}, '--source', 'salesforce', '-d', 'azure-ai-search', '-n', 'corvane');
    expect(code).toBe(0);
    expect(out).toContain('examples, since its credentials are not set');
    const example = readFileSync(join(folder, '.env.example'), 'utf8');
    for (const name of ['SALESFORCE_LOGIN_URL', 'SALESFORCE_CLIENT_SECRET', 'AZURE_SEARCH_ENDPOINT'])
      expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
    const unset = await say(['check'], { cwd: folder, env: {} });
    expect([unset.code, unset.error]).toEqual([2, expect.stringContaining('is not set')]);
  });

  it('never writes over a configuration, unless forced', async () => {
    const asked = ['--source', 'snowflake', '--destination', 'bedrock-knowledge-base'];
    await init({}, ...asked);
    writeFileSync(join(folder, 'connectors.config.yaml'), 'mine');
    const refused = await init({}, ...asked);
    expect(refused.code).toBe(2);
    expect(refused.error).toContain('or write over it with --force');
    expect(written()).toBe('mine');
    expect((await init({}, ...asked, '--force')).code).toBe(0);
    expect(written()).toContain('snowflake:');
  });

  it('asks when a person sits at a terminal, and asks again after a slip', async () => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const answers = ['salesforce snow', 'salesforce', 'azure-ai-search', 'Corvane Inc', 'corvane'];
    const asked: string[] = [];
    const stderr = {
      write(text: string) {
        asked.push(text);
        if (/\] $/.test(text)) stdin.write(`${answers.shift()}\n`);
      },
    };
    const { code } = await say(['init'], { cwd: folder, env: {}, stdin, stderr });
    expect(code).toBe(0);
    expect(asked.join('')).toContain('snow is none of: salesforce, snowflake');
    expect(written()).toMatch(/^namespace: corvane$/m);
    expect(written()).not.toContain('snowflake');
  });

  it('refuses an unknown connector, and to guess where nobody can be asked', async () => {
    expect((await init({}, '--source', 'salesfroce')).error).toContain('did you mean salesforce');
    expect(await init({})).toMatchObject({ code: 2 });
    expect((await init({}, '--yes', '--namespace', 'Not Good')).code).toBe(2);
  });
});
