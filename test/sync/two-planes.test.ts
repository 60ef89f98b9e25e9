import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../core/contract/context.ts';
import type { DestinationConnector } from '../../core/contract/destination.ts';
import { expectedBodies } from './oracle.ts';
import { accountsClose, bodies, createScenario, kindsYaml, type Scenario } from './scenario.ts';

/** A destination whose code fails in one of its methods. */
function withFault(
  scenario: Scenario,
  name: 'model-left' | 'model-right',
  fault: Record<string, unknown>,
): void {
  const good = scenario.registry.destinations[name]!;
  (scenario.registry.destinations as Record<string, () => Promise<DestinationConnector>>)[name] =
    async () => {
      const connector = await good();
      return {
        ...connector,
        create: async (config: unknown, context: Context) => {
          const destination = await connector.create(config, context);
          return Object.assign(Object.create(destination), fault);
        },
      };
    };
}

describe('two planes', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());

  it('go on apart when the code of one fails before anything is sent', async () => {
    scenario = createScenario();
    withFault(scenario, 'model-left', {
      encode() {
        throw new Error('a mistake in the connector');
      },
    });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([
      { destination: 'left', written: 0, deferred: 3, error: { next: 'bug' } },
      { destination: 'right', written: 3 },
    ]);
    expect(bodies(scenario.right)).toEqual(expectedBodies(scenario));
  });

  it('go on apart when one cannot be reached at all', async () => {
    scenario = createScenario();
    scenario.left.switches.checkError = new Error('no route to host');
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([{ written: 0, deferred: 3 }, { written: 3 }]);
    scenario.left.switches.checkError = undefined;
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
  });

  it('end a run although one of them accepts and never confirms, with more to do than may be under way', async () => {
    scenario = createScenario({ left: { limits: { maxDocuments: 1, maxInFlight: 1 } } });
    scenario.left.switches.confirmPolls = Infinity;
    const report = await scenario.sync({ patienceMs: 60_000 });
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations).toMatchObject([
      { destination: 'left', written: 0, pending: 1, deferred: 2 },
      { destination: 'right', written: 3 },
    ]);
    scenario.left.switches.confirmPolls = 0;
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
    expect(scenario.left.counts.overtakes).toBe(0);
  });

  it('leave nothing behind of a document that shrinks, where a document takes several addresses and is confirmed later', async () => {
    scenario = createScenario({ left: { pieceLength: 10 } });
    await scenario.sync();
    scenario.crm.remove('Contact', 'c1');
    scenario.crm.remove('Deal', 'd1');
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(expectedBodies(scenario));
    expect(scenario.left.orphans()).toEqual([]);
    scenario.crm.remove('Account', 'a1');
    await scenario.sync();
    expect(scenario.left.orphans()).toEqual([]);
  });

  it('end a run when another process takes the slot over while a confirmation is waited for', async () => {
    scenario = createScenario();
    const world = await scenario.open();
    const { runOnce } = await import('../../sync/run.ts');
    const other = await scenario.open();
    scenario.left.switches.confirmPolls = 3;
    let polls = 0;
    scenario.left.switches.confirmError = () => {
      if (++polls === 2) {
        scenario.clock.advance(120_000);
        const slot = other.catalog.documents.slot('left', 'default');
        other.catalog.leases.acquire([`slot:${slot}`]);
      }
      return undefined;
    };
    const report = await runOnce(world, { patienceMs: 600_000 });
    expect(accountsClose(report)).toEqual([]);
    expect(report.destinations[0]).toMatchObject({ error: { code: 'LEASE_LOST' } });
    expect(report.destinations[1]).toMatchObject({ written: 3 });
    other.catalog.close();
    world.catalog.close();
    scenario.clock.advance(120_000);
    await scenario.sync();
    expect(bodies(scenario.left)).toEqual(bodies(scenario.right));
  });

  it('are compared by the documents that both are to hold', async () => {
    scenario = createScenario({
      kinds: `${kindsYaml}
  person:
    from: crm.User
    title: "{{Name}}"
    body: "{{Name}} works here."
    access: { everyone: the demo data is not secret }
`,
    });
    const yaml = `${scenario.yaml}  people: { kinds: [person], destinations: [right] }\n`;
    await scenario.sync({ yaml });
    const { verify, isVerified } = await import('../../sync/verify.ts');
    const world = await scenario.open({ yaml });
    const report = await verify(world);
    world.catalog.close();
    expect(report).toMatchObject({ divergent: 0, divergentIds: [] });
    expect(isVerified(report)).toBe(true);
  });
});
