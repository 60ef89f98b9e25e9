import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../core/contract/context.ts';
import { TransientError } from '../../core/contract/errors.ts';
import type { Page, Source, SourceConnector } from '../../core/contract/source.ts';
import type { ModelSource } from '../../core/testing/index.ts';
import { accountsClose, bodies, createScenario, type Scenario } from './scenario.ts';

type AnySource = Source<never, never>;

/** The model source with a first load cut by the last character of the key, one page a record, each with its own cursor. */
function inPartitions(
  crm: ModelSource,
  reads: string[],
  failAt: { partition: string; times: number; before?: boolean },
): SourceConnector {
  const { connector } = crm;
  return {
    ...connector,
    async create(config: never, context: Context) {
      const source = (await connector.create(config, context)) as unknown as AnySource;
      const rows = (stream: string) => [...crm.rows(stream)];
      return {
        ...source,
        async partitions(stream: { name: string }) {
          if (stream.name !== 'Account') return undefined;
          let cursor: unknown;
          for await (const page of source.read({
            stream: stream as never,
            from: undefined,
            signal: context.signal,
          }))
            cursor = page.cursor;
          return {
            partitions: [1, 2, 3].map((digit) => ({ name: `p${digit}`, value: String(digit) })),
            cursor,
          };
        },
        async *read(request: Parameters<AnySource['read']>[0]): AsyncIterable<Page> {
          if (!request.partition) return yield* source.read(request) as AsyncIterable<Page>;
          const after = (request.from as string | undefined) ?? '';
          reads.push(`${request.partition.name} from ${after || 'the start'}`);
          const fail = (): void => {
            if (request.partition?.name === failAt.partition && failAt.times-- > 0)
              throw new TransientError('the connection broke');
          };
          if (failAt.before) fail();
          for (const [key, data] of rows(request.stream.name)) {
            if (!key.endsWith(String(request.partition.value)) || key <= after) continue;
            yield { asOf: new Date(context.now()).toISOString(), records: [{ key, data }], cursor: key };
            if (!failAt.before) fail();
          }
        },
      } as unknown as Source;
    },
  } as unknown as SourceConnector;
}

describe('a first load in partitions', () => {
  let scenario: Scenario;
  afterEach(() => scenario.end());
  const rows = () => ({
    Account: Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => {
        const id = `a${String(index + 10)}`;
        return [id, { Id: id, Name: `Account ${index}`, OwnerId: 'u1', Industry: 'Energy' }];
      }).filter(([id]) => '123'.includes(String(id).at(-1)!)),
    ),
    User: { u1: { Id: 'u1', Name: 'Uma' } },
    Contact: {},
    Deal: {},
  });

  it('brings every record once, goes on inside a partition after a fault, and then follows changes', async () => {
    const reads: string[] = [];
    scenario = createScenario({
      rows: rows(),
      wrapCrm: (crm) => inPartitions(crm, reads, { partition: 'p2', times: 1 }),
    });
    const report = await scenario.sync();
    expect(accountsClose(report)).toEqual([]);
    expect(report.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({ read: 9, new: 9 });
    expect(reads).toContain('p2 from a12');
    scenario.crm.patch('Account', 'a11', { Name: 'Renamed' });
    const next = await scenario.sync();
    expect(next.streams.find((one) => one.stream === 'crm.Account')).toMatchObject({ read: 1, changed: 1 });
    expect(bodies(scenario.right).a11).toBe('Renamed is looked after by Uma.');
    expect(reads.filter((one) => one.endsWith('the start'))).toHaveLength(3);
  });

  it('is not started over by the next run: partitions that were read are not read again', async () => {
    const reads: string[] = [];
    const failAt = { partition: 'p3', times: 7, before: true };
    scenario = createScenario({
      rows: rows(),
      wrapCrm: (crm) => inPartitions(crm, reads, failAt),
    });
    const first = await scenario.sync();
    expect(first.streams.find((one) => one.stream === 'crm.Account')?.error).toMatchObject({ next: 'wait' });
    reads.length = 0;
    for (let run = 0; run < 3; run++) await scenario.sync();
    expect(reads.every((one) => one.startsWith('p3'))).toBe(true);
    expect(Object.keys(bodies(scenario.right))).toHaveLength(9);
  });
});
