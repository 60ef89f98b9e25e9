import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Json } from '../../core/contract/json.ts';
import type { LoopbackReply, LoopbackRequest } from '../../core/testing/index.ts';
import * as org from '../connectors/salesforce/bench.ts';
import * as warehouse from '../connectors/snowflake/bench.ts';
import { brokenText, hostileText, hostileValue, seed } from './hostile-values.ts';

const runs = { seed, numRuns: 60 };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The body of a reply as JSON, changed. */
const changed = (change: (body: Record<string, Json>) => unknown) => ({
  kind: 'change' as const,
  change: (reply: LoopbackReply, _request: LoopbackRequest): LoopbackReply => {
    const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
    const body = JSON.parse(text) as Record<string, Json>;
    return { ...reply, body: change(body) };
  },
});

describe('an answer of Salesforce', () => {
  const keys = Array.from({ length: 6 }, (_, index) => org.accountId(index + 1));

  it('with one row of any content gives every other record, and that one too or its key as unreadable', async () => {
    const bench = await org.openOrg([org.accountsTable(6)]);
    closing.push(() => bench.emulator.close());
    const source = await bench.connect();
    const row = fc.dictionary(
      fc.constantFrom('Name', 'AnnualRevenue', 'Active__c', 'SystemModstamp', 'attributes', '__proto__'),
      hostileValue,
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(5), row, async (at, hostile) => {
        const off = bench.emulator.server.fault({
          when: org.isQuery,
          effect: changed((body) => {
            const records = body['records'] as Record<string, Json>[];
            if (records?.[at]) records[at] = { ...records[at], ...hostile };
            return body;
          }),
        });
        const pages = await org.readAll(source, org.accounts);
        off();
        const shown = [
          ...org.keysOf(pages),
          ...pages.flatMap((page) => (page.unreadable ?? []).map((one) => one.key)),
        ];
        expect([...new Set(shown)].sort()).toEqual(keys);
      }),
      runs,
    );
  });

  it('of any shape is an error, and the next read has everything', async () => {
    const bench = await org.openOrg([org.accountsTable(6)]);
    closing.push(() => bench.emulator.close());
    const source = await bench.connect();
    const bodies = fc.oneof(
      hostileText,
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom('', '<html>', '{"records":null}', '{"records":[null],"totalSize":1,"done":true}'),
      fc.constantFrom('{"records":[{}],"totalSize":1,"done":true}', '[[[[', '{"totalSize":-1,"records":[]}'),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const off = bench.emulator.server.fault({ when: org.isQuery, effect: changed(() => body) });
        const name = await org.readAll(source, org.accounts).then(
          () => 'read',
          (error: Error) => error.name,
        );
        off();
        expect(name).toMatch(/^read$|ConfigError|TransientError|Error/);
        expect(org.keysOf(await org.readAll(source, org.accounts)).sort()).toEqual(keys);
      }),
      runs,
    );
  });
});

describe('an answer of Snowflake', () => {
  const stream = warehouse.streamOf('t', ['A', 'V'], {
    table: 'T.S.T',
    key: ['A', 'B'],
    changes: 'reconcile',
  });
  const table = {
    name: 'T.S.T',
    key: ['A', 'B'],
    columns: [
      { name: 'A', type: 'text' as const },
      { name: 'B', type: 'text' as const },
      { name: 'V', type: 'json' as const },
    ],
    rows: ['1', '2', '3', '4'].map((A) => ({ A, B: 'b', V: { a: A } })),
  };

  it('with any text in any cell gives every other record, and that row as a record or as unreadable', async () => {
    const bench = await warehouse.openBench([table], { types: { 'T.S.T': { V: 'VARIANT' } } });
    closing.push(() => bench.close());
    const source = await bench.connect();
    const cell = fc.oneof(
      hostileText,
      brokenText,
      fc.constantFrom('[1', '{"a":1e400}', '9'.repeat(40), '['.repeat(30_000)),
    );
    const place = fc.oneof(fc.tuple(fc.constantFrom(0, 1), hostileText), fc.tuple(fc.constant(2), cell));
    await fc.assert(
      fc.asyncProperty(fc.nat(3), place, async (at, [column, text]) => {
        let hit = '';
        const off = bench.emulator.server.fault({
          when: (request) => request.path.includes('query-request'),
          effect: changed((body) => {
            const rowset = (body['data'] as { rowset?: (string | null)[][] } | null)?.rowset;
            if (rowset?.length !== 4 || rowset[at]?.length !== 3) return body;
            hit = String(rowset[at][0]);
            rowset[at][column] = text;
            return body;
          }),
        });
        const pages = await warehouse.readAll(source, stream).finally(off);
        const shown = pages.reduce(
          (sum, page) => sum + page.records.length + (page.unreadable?.length ?? 0),
          0,
        );
        expect(shown).toBe(4);
        const keys = warehouse.keysOf(pages);
        expect(hit).not.toBe('');
        for (const own of ['1', '2', '3', '4']) if (own !== hit) expect(keys).toContain(`${own}|b`);
      }),
      runs,
    );
  });
});
