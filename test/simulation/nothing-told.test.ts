import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/contract/json.ts';
import type { RunEvent } from '../../core/observe/events.ts';
import { createLog } from '../../core/observe/log.ts';
import { renderReport } from '../../core/observe/render-report.ts';
import { generateDemoCompany } from '../../examples/demo-company/generate.ts';
import { lendEnvironment } from '../../sync/demo/environment.ts';
import { readInput } from '../../sync/demo/input.ts';
import { openTributary } from '../../sync/demo/open-tributary.ts';
import { startServices } from '../../sync/demo/services.ts';
import { reindex } from '../../sync/reindex.ts';
import { runOnce } from '../../sync/run.ts';
import { status } from '../../sync/status.ts';
import { verify } from '../../sync/verify.ts';
import { kindsYaml } from '../sync/company.ts';
import { baseRows, createScenario } from '../sync/scenario.ts';

/** Stands in every value of every record, and nowhere else. */
const planted = 'Zyx-planted-content';

describe('nothing of what records hold is told', () => {
  it.each([
    ['in log lines, events, reports, the quarantine and verify, whatever goes wrong', ''],
    ['there either while the quarantine keeps what failed', 'catalog: { quarantinePayload: true }\n'],
  ])('%s', async (_, setting) => {
    const row = (Id: string, more: JsonObject = {}): JsonObject => ({
      Id,
      Name: `${planted} ${Id}`,
      OwnerId: planted,
      Industry: planted,
      ...more,
    });
    const accounts = Object.fromEntries(
      [
        row('number', { Industry: planted }),
        row('empty', { Name: '' }),
        row('nested', { Name: { deep: planted } }),
        row('long', { Name: planted.repeat(100_000) }),
        row('refused'),
        row('late'),
        row('lost'),
        row('gone'),
      ].map((data) => [String(data['Id']), data]),
    );
    const scenario = createScenario({
      rows: { ...baseRows(), Account: accounts },
      kinds: kindsYaml.replace(
        'metadata: { industry: Industry }',
        'metadata: { industry: { field: Industry, type: number } }',
      ),
    });
    const told: unknown[] = [];
    try {
      const { crm, left, right } = scenario;
      const endsWith = (id: string, end: string): boolean => id.endsWith(`:${end}`);
      right.switches.reject = (change) => (endsWith(change.id, 'refused') ? 'not liked' : undefined);
      right.switches.unknown = (change) => (endsWith(change.id, 'lost') ? 'lost' : undefined);
      left.switches.fail = (change) =>
        endsWith(change.id, 'late') ? { reason: 'not liked', applied: true } : undefined;
      const run = async (yaml = scenario.yaml): Promise<void> => {
        const report = await scenario.sync({ yaml: `${setting}${yaml}`, patienceMs: 30_000 });
        told.push(report, renderReport(report));
      };
      await run();
      await run(
        scenario.yaml.replace('{ industry: { field: Industry, type: number } }', '{ industry: Industry }'),
      );
      crm.unreadable('Account', 'number', 'Name is no text', row('number'));
      crm.remove('Account', 'gone');
      crm.touch('Account', 'refused');
      await run();
      for (const [id] of [...right.held()].slice(0, 1)) right.tamper({ id, gone: true });
      const world = await scenario.open({ yaml: `${setting}${scenario.yaml}` });
      told.push(await status(world), await verify(world, { repair: true }), await reindex(world));
      told.push(await runOnce(world, { patienceMs: 30_000 }), await status(world));
      world.catalog.close();
      told.push(scenario.events, scenario.log.lines);
      expect(left.held().size).toBeGreaterThan(0);
      expect(JSON.stringify([...left.held().values()])).toContain(planted);
      expect(JSON.stringify(told)).toContain('record-quarantined');
      expect(JSON.stringify(told)).toContain('document-rejected');
      expect(JSON.stringify(told)).not.toContain(planted);
    } finally {
      scenario.end();
    }
  });

  it('nor a secret, by a run of every connector that logs all it can', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-'));
    const now = Math.floor((Date.now() - 3_600_000) / 86_400_000) * 86_400_000;
    const company = generateDemoCompany({ now, scale: 1 });
    const services = await startServices({
      salesforce: company.salesforce,
      snowflake: company.snowflake,
      limits: false,
    });
    const restore = lendEnvironment(services.env);
    const lines: string[] = [];
    const events: RunEvent[] = [];
    const { configPath } = await readInput({ cwd: folder });
    const tributary = await openTributary({
      configPath,
      shownPath: 'connectors.config.yaml',
      env: services.env,
      folder,
      createLog: () => createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(line) }),
      observe: (event) => void events.push(event),
      signal: new AbortController().signal,
    });
    try {
      services.salesforce!.server.fault({
        when: ({ path }) => path.includes('/query'),
        times: 2,
        effect: { kind: 'cut-after' },
      });
      services.azure!.server.fault({
        when: ({ path }) => path.endsWith('/docs/search.index'),
        times: 2,
        effect: { kind: 'reply', reply: { status: 503, body: 'busy' } },
      });
      const report = await tributary.sync();
      const told = JSON.stringify([report, renderReport(report), lines, events, await tributary.status()]);
      expect(report.destinations.map((one) => one.error)).toEqual([undefined, undefined]);
      expect(lines.length).toBeGreaterThan(5);
      const secrets = Object.entries(services.env)
        .filter(([name]) => /SECRET|KEY$|TOKEN$|PRIVATE/.test(name))
        .flatMap(([, value]) =>
          value.split('\n').filter((line) => line.length >= 12 && !line.startsWith('-')),
        );
      expect(secrets.length).toBeGreaterThan(4);
      expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
      const contents = [...company.salesforce, ...company.snowflake]
        .flatMap((table) => table.rows.flatMap((one) => Object.entries(one)))
        .flatMap(([name, value]) =>
          typeof value === 'string' && value.length > 24 && /\s/.test(value) && name !== 'Id' ? [value] : [],
        );
      expect(contents.length).toBeGreaterThan(100);
      expect([...new Set(contents)].filter((one) => told.includes(one))).toEqual([]);
    } finally {
      await tributary.close();
      restore();
      await services.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
