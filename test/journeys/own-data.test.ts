import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDataFolder } from '../../core/testing/table-files.ts';
import { generateDemoCompany } from '../../examples/demo-company/generate.ts';
import { prepareOwnData } from '../../examples/own-data/prepare.ts';
import type { DemoReport } from '../../sync/demo/report.ts';
import { composeTables, readConfig, type Tables } from '../examples/compose-tables.ts';
import { root } from '../house/source-files.ts';
import { accountsClose } from '../sync/scenario.ts';
import { runCommand, temporaryFolder, type Finished } from './command.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** https://github.com/mledoze/countries as accounts, a table of https://github.com/vega/vega-datasets as the warehouse. */
describe('tributary demo --data, on public data sets', () => {
  let finished: Finished;
  let report: DemoReport;
  beforeAll(async () => {
    const data = join(folder.path, 'countries');
    await prepareOwnData(data);
    const question = 'What is the life expectancy in Bolivia?';
    finished = await runCommand(['demo', '--json', '--data', data, '--question', question]);
    report = JSON.parse(finished.stdout) as DemoReport;
  });

  it('runs the main job on it from end to end', () => {
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    expect(report.expectations.filter((one) => !one.holds)).toEqual([]);
    expect(report.documents).toEqual({ bedrock: 250, azure: 250 });
    expect(report.verify?.divergent).toBe(0);
    expect(report.runs.map(accountsClose)).toEqual([[], []]);
  });

  it('reads every country and every row once', () => {
    expect(report.runs[0]!.streams.map((one) => [one.stream, one.read, one.new])).toEqual([
      ['salesforce.Account', 250, 250],
      ['snowflake.development', 682, 682],
    ]);
  });

  it('joins two data sets that have nothing but names in common, and says how well', () => {
    expect(report.runs[0]!.joins).toEqual([
      {
        kind: 'country',
        part: 'development',
        parents: 250,
        parentsWithPart: 60,
        partRecords: 682,
        partRecordsWithoutParent: 22,
      },
    ]);
  });

  it('answers a question about it from both planes, with a document made of both data sets', () => {
    const [bedrock, azure] = ['bedrock', 'azure'].map((name) => report.answers!.hits[name]![0]!);
    expect(bedrock!.title).toBe('Bolivia');
    expect(azure).toMatchObject({ id: bedrock!.id, version: bedrock!.version, url: bedrock!.url });
    expect(azure!.text).toContain('- Capital of Bolivia: Sucre');
    expect(azure!.text).toMatch(/- Bolivia in 2005: [\d,]+ people, life expectancy 68\.97 years/);
  });

  it('plays no changes, finds none the second time, and writes nothing', () => {
    expect(report.changes).toBeUndefined();
    const [, second] = report.runs;
    for (const one of second!.streams) expect(one).toMatchObject({ new: 0, changed: 0, deleted: 0 });
    for (const one of second!.destinations) expect(one).toMatchObject({ written: 0, deleted: 0, held: 250 });
  });
});

describe('an export of Salesforce and Snowflake in CSV', () => {
  it('makes the same documents as the systems themselves, to the letter', async () => {
    const company = generateDemoCompany({ scale: 0.5 });
    const data = join(folder.path, 'export');
    for (const system of ['salesforce', 'snowflake'] as const) {
      mkdirSync(join(data, system), { recursive: true });
      for (const table of company[system])
        writeFileSync(join(data, system, `${table.name}.csv`), csv(table.rows));
    }
    const config = await readConfig(join(root, 'connectors.config.yaml'));
    const contents = (tables: Tables) =>
      [...composeTables(config, tables)].map(([id, one]) => [id, one.status === 'composed' && one.content]);
    expect(contents(await readDataFolder(data))).toEqual(contents(company));
    expect(contents(company)).toHaveLength(150);
  });
});

function csv(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const field = (value: unknown): string => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((values) => `${values.map(field).join(',')}\r\n`)
    .join('');
}

describe('tributary demo --data, on a folder that does not fit', () => {
  const write = (name: string, files: Readonly<Record<string, string>>): string => {
    const data = join(folder.path, name);
    mkdirSync(data);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(data, file), text);
    return data;
  };

  it('says that there is no such folder', async () => {
    const { code, stdout, stderr } = await runCommand(['demo', '--data', join(folder.path, 'nowhere')]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('There is no such folder. (DATA_FOLDER)');
  });

  it('names the file and the line of a malformed one', async () => {
    const data = write('malformed', { 'Account.csv': 'Id,Name\n"0015g0000104C92AAE,Acme\n' });
    const { code, stderr } = await runCommand(['demo', '--data', data]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Account\.csv/);
    expect(stderr).not.toMatch(/^ +at .*\.ts:/m);
  });

  it('names the field that the configuration wants and the data does not have', async () => {
    const data = write('partial', { 'Account.csv': 'Id,Name\n0015g0000104C92AAE,Acme\n' });
    const { code, stdout } = await runCommand(['demo', '--data', data]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/Account has no field/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('The folder has no connectors.config.yaml');
    expect(stdout).not.toContain('First sync');
  });

  it('names the line of a configuration that cannot be used', async () => {
    const data = write('misconfigured', {
      'Account.csv': 'Id,Name\n0015g0000104C92AAE,Acme\n',
      'connectors.config.yaml': 'namespace: acme\nsource: {}\n',
    });
    const { code, stderr } = await runCommand(['demo', '--data', data]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/connectors\.config\.yaml:2:1/);
  });
});
