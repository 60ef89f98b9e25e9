import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { chunkKey, parseKey } from '../../connectors/azure-ai-search/document-key.ts';
import type { Column } from '../../connectors/snowflake/columns.ts';
import { joinKey, splitKey } from '../../connectors/snowflake/keys.ts';
import { quoteSoql } from '../../connectors/salesforce/soql.ts';
import type { Destination } from '../../core/contract/destination.ts';
import { createTestDocument } from '../../core/testing/index.ts';
import * as azure from '../connectors/azure-ai-search/support.ts';
import * as bedrock from '../connectors/bedrock-knowledge-base/bench.ts';
import { hostileText, hostileTexts, seed } from './hostile-values.ts';

const runs = { seed, numRuns: 1000 };
const text = (name: string): Column => ({
  name,
  dataType: 'TEXT',
  scale: undefined,
  nullable: false,
  comment: undefined,
});
const key = hostileText.filter((one) => one !== '' && one.isWellFormed());

describe('an id of any characters', () => {
  it('is the same after a key of Azure AI Search has been made of it and read again', () => {
    fc.assert(
      fc.property(key, fc.nat(1000), (own, chunk) => {
        const documentId = `acme:account:crm:prod:Account:${encodeURIComponent(own)}`;
        const made = chunkKey(documentId, chunk);
        expect(made).toMatch(/^[A-Za-z0-9][A-Za-z0-9_=-]*$/);
        expect(parseKey(made)).toEqual({ documentId, chunk });
      }),
      runs,
    );
  });

  it('is never taken for the one of another row, also when it is made of several columns', () => {
    const parts = fc.array(key, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const columns = one.map((_, at) => text(`C${at}`));
        expect(splitKey(joinKey(one), columns)).toEqual(one);
        expect(joinKey(one) === joinKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      runs,
    );
  });

  it('cannot end the text that it stands in within a query', () => {
    fc.assert(
      fc.property(hostileText, (own) => {
        const quoted = quoteSoql(own);
        expect(quoted.slice(1, -1).replace(/\\[\\']/g, '')).not.toMatch(/['\\]/);
        expect(quoted.slice(1, -1).replace(/\\([\\'])/g, '$1')).toBe(own);
      }),
      runs,
    );
  });
});

describe('documents with hostile ids', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  const documents = hostileTexts.map((own) => createTestDocument(own));

  const ids = async (destination: Destination): Promise<string[]> => {
    const found: string[] = [];
    for await (const item of destination.inventory!()) found.push(item.id);
    return found.sort();
  };

  it('come back from Azure AI Search as they were written, and go when they are deleted', async () => {
    const rig = await azure.createRig();
    closing.push(() => rig.emulator.close());
    const outcomes = await rig.destination.write(documents.map((one) => azure.writeOf(one)));
    expect(outcomes.filter((one) => one.status !== 'done')).toEqual([]);
    expect(await ids(rig.destination)).toEqual(documents.map((one) => one.id).sort());
    const [first, ...rest] = documents;
    await rig.destination.write([azure.deleteOf(first!.id)]);
    expect(await ids(rig.destination)).toEqual(rest.map((one) => one.id).sort());
  });

  it('come back from Bedrock as they were written, and go when they are deleted', async () => {
    const bench = await bedrock.openBench();
    closing.push(() => bench.close());
    for (const one of documents)
      expect(await bedrock.settle(bench, bedrock.writeOf(one)), one.id).toMatchObject({ status: 'done' });
    expect(await ids(bench.destination)).toEqual(documents.map((one) => one.id).sort());
    const [first, ...rest] = documents;
    const removal = { action: 'delete', id: first!.id, addresses: [first!.id], receipt: {} } as const;
    const [outcome] = await bench.destination.write([removal]);
    await bedrock.confirmAll(bench, bench.destination, bedrock.acceptedOf(removal, outcome));
    expect(await ids(bench.destination)).toEqual(rest.map((one) => one.id).sort());
  });
});
