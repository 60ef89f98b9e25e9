import type { HttpRequest } from 'jsforce/lib/types/common.js';
import { TransientError } from '../../core/contract/errors.ts';
import type { SalesforceClient } from './client.ts';
import type { OpenBody } from './transport.ts';

/** https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_get_one_job.htm */
export interface BulkJob {
  readonly id: string;
  readonly state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  readonly numberRecordsProcessed?: number;
  readonly errorMessage?: string;
}
/** One part of a result: CSV with a header of its own. */
export interface BulkPart {
  readonly body: OpenBody;
  /** Rows that the part says it has. */
  readonly rows: number | undefined;
  /** The part after it; undefined for the last. */
  readonly next: string | undefined;
}

/** Query jobs of the Bulk API 2.0: https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm */
export interface BulkJobs {
  create(soql: string, options: { readonly object: string; readonly scanAll: boolean }): Promise<BulkJob>;
  look(id: string, object: string): Promise<BulkJob>;
  part(id: string, locator: string | undefined, object: string): Promise<BulkPart>;
  /** A job that is left behind goes by itself after seven days, so failing here is no harm. */
  remove(id: string, object: string): Promise<void>;
}

/** Rows of one part: a broken download costs no more than these. */
const partRows = 50_000;

export function createBulkJobs({ send, budget }: Pick<SalesforceClient, 'send' | 'budget'>): BulkJobs {
  const jobs = `${send.base}/jobs/query`;
  const request = async (what: HttpRequest, object: string): Promise<BulkJob> => {
    await budget.pass();
    const job = (await send.json(what, object)) as BulkJob | undefined;
    if (typeof job?.id !== 'string' || typeof job.state !== 'string') {
      throw new TransientError('Salesforce answered about a bulk job with something else');
    }
    return job;
  };
  return {
    // https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_create_job.htm
    create: (soql, { object, scanAll }) =>
      request(
        {
          method: 'POST',
          url: jobs,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            operation: scanAll ? 'queryAll' : 'query',
            query: soql,
            contentType: 'CSV',
            columnDelimiter: 'COMMA',
            lineEnding: 'LF',
          }),
        },
        object,
      ),
    look: (id, object) => request({ method: 'GET', url: `${jobs}/${encodeURIComponent(id)}` }, object),
    // https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_get_job_results.htm
    async part(id, locator, object) {
      await budget.pass();
      const query = new URLSearchParams({ maxRecords: String(partRows), ...(locator ? { locator } : {}) });
      const body = await send.open(`${jobs}/${encodeURIComponent(id)}/results?${query}`, object);
      const next = body.headers.get('sforce-locator');
      const rows = body.headers.get('sforce-numberofrecords');
      return {
        body,
        rows: rows === null ? undefined : Number(rows),
        next: next === null || next === '' || next === 'null' || next === locator ? undefined : next,
      };
    },
    // https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_delete_job.htm
    async remove(id, object) {
      await send
        .json({ method: 'DELETE', url: `${jobs}/${encodeURIComponent(id)}` }, object)
        .catch(() => undefined);
    },
  };
}
