import { afterEach, describe, expect, it } from 'vitest';
import { openBench, type Bench } from '../connectors/bedrock-knowledge-base/bench.ts';
import { createScenario } from '../sync/scenario.ts';

describe('a change that nobody can vouch for', () => {
  it('is sent again when the service says that it does not know what became of it', async () => {
    const scenario = createScenario();
    try {
      let asked = 0;
      scenario.left.switches.confirmUnknown = () => asked++ === 0;
      await scenario.sync();
      scenario.left.switches.confirmUnknown = undefined;
      expect(scenario.left.counts.writes).toBe(4);
      expect(scenario.left.queued()).toEqual([]);
      expect(scenario.left.held().size).toBe(3);
    } finally {
      scenario.end();
    }
  });

  describe('in Bedrock', () => {
    let bench: Bench;
    afterEach(() => bench.close());

    it('is not taken for deleted because the service does not show it yet', async () => {
      bench = await openBench();
      const id = 'acme:account:crm:prod:Account:1';
      const sure = await bench.destination.write([{ action: 'delete', id, addresses: [], receipt: {} }]);
      expect(sure).toMatchObject([{ status: 'done' }]);
      const doubtful = await bench.destination.write([{ action: 'delete', id, addresses: [id] }]);
      expect(doubtful).toMatchObject([{ status: 'accepted' }]);
    });
  });
});
