import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { parse } from 'csv-parse';
import { TransientError } from '../../core/contract/errors.ts';
import type { RawRecord } from './api-types.ts';

/** More than the largest record that Salesforce keeps; a quote that is never closed is not read to the end. */
const maxRecordCharacters = 16 * 1024 * 1024;

/**
 * Rows of one part of a bulk result as they arrive, as the REST API would give them: CSV knows neither types nor null,
 * and Salesforce keeps no empty text. A body that breaks off is a `TransientError`.
 */
export async function* readCsv(
  stream: ReadableStream<Uint8Array>,
  types: ReadonlyMap<string, string>,
  batchRows: number,
): AsyncIterable<readonly RawRecord[]> {
  const parser = parse({ bom: true, relax_quotes: false, max_record_size: maxRecordCharacters });
  const source = Readable.fromWeb(stream);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let columns: { readonly name: string; readonly toValue: (text: string) => unknown }[] | undefined;
  let rows: RawRecord[] = [];
  try {
    for await (const values of parser as AsyncIterable<string[]>) {
      if (!columns) {
        if (!values.includes('Id')) throw new Error('A part of a bulk result has no ids');
        columns = values.map((name) => ({ name, toValue: converter(types.get(name)) }));
        continue;
      }
      const row: Record<string, unknown> = {};
      for (let index = 0; index < columns.length; index++) {
        const { name, toValue } = columns[index]!;
        const text = values[index]!;
        row[name] = text === '' ? null : toValue(text);
      }
      rows.push(row);
      if (rows.length < batchRows) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  } catch (error) {
    throw new TransientError('A part of a bulk result broke off', { cause: error });
  } finally {
    source.destroy();
    parser.destroy();
  }
}

const keep = (text: string): unknown => text;
const toNumber = (text: string): unknown => (Number.isNaN(Number(text)) ? text : Number(text));
const toBoolean = (text: string): unknown => text === 'true';

function converter(type: string | undefined): (text: string) => unknown {
  if (type === 'boolean') return toBoolean;
  if (['int', 'long', 'double', 'currency', 'percent'].includes(type ?? '')) return toNumber;
  return keep;
}
