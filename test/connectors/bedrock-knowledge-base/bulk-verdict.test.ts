import { describe, expect, test } from 'vitest';
import type { Job } from '../../../connectors/bedrock-knowledge-base/bulk/job-runner.ts';
import { accountsForAll, judgeByJob } from '../../../connectors/bedrock-knowledge-base/bulk/job-verdict.ts';
import type { JobDetail } from '../../../connectors/bedrock-knowledge-base/bulk/source-client.ts';

const uri = 's3://bucket/tributary/a.md';
const startedAt = '2026-01-15T12:00:00.000Z';
const before = '2026-01-15T11:00:00.000Z';
const after = '2026-01-15T12:05:00.000Z';
const job = (failed: number, ...failureReasons: string[]): JobDetail => ({
  id: 'JOB0000001',
  status: 'COMPLETE',
  startedAt,
  statistics: { numberOfDocumentsFailed: failed },
  failureReasons,
});
const detail = (status: string, updatedAt?: string, reason?: string) => ({
  id: uri,
  status,
  updatedAt,
  reason,
});
const other = 'Encountered error: damaged. [Files: s3://bucket/tributary/other.md].';
const own = `Encountered error: damaged. [Files: ${uri}.metadata.json]. Call to Customer Source did not succeed.`;

describe('A status after an ingestion job', () => {
  test.each([
    ['indexed while it ran', detail('INDEXED', after), job(0), 'done'],
    [
      'indexed before it, and nothing failed: the object was the same',
      detail('INDEXED', before),
      job(0),
      'done',
    ],
    [
      'indexed before it, and every failure has another name',
      detail('INDEXED', before),
      job(1, other),
      'done',
    ],
    ['indexed before it, and a failure has no name', detail('INDEXED', before), job(2, other), 'missed'],
    ['indexed while it ran, whatever failed', detail('INDEXED', after), job(2, other), 'done'],
    ['indexed, and yet named among the failures', detail('INDEXED', after), job(1, own), 'failed'],
    ['indexed in part', detail('PARTIALLY_INDEXED', after), job(0), 'done'],
    ['without all of its metadata', detail('METADATA_PARTIALLY_INDEXED', after), job(0), 'failed'],
    ['still under way', detail('IN_PROGRESS', after), job(0), 'waiting'],
    ['nowhere', undefined, job(0), 'missed'],
    ['with a status that nobody knows', detail('SOMETHING_NEW', after), job(0), 'missed'],
  ] as const)('%s', (_, found, ended, expected) => {
    expect(judgeByJob('write', uri, found, ended).status).toBe(expected);
  });

  test.each([
    [undefined, 'done'],
    [detail('NOT_FOUND'), 'done'],
    [detail('DELETE_IN_PROGRESS', after), 'waiting'],
    [detail('INDEXED', before), 'missed'],
  ] as const)('of a deleted document', (found, expected) => {
    expect(judgeByJob('delete', uri, found, job(0)).status).toBe(expected);
  });

  test('says why, in the words of the service and without the content that it quotes', () => {
    expect(judgeByJob('write', uri, detail('FAILED', after, 'Value "secret text" is bad.'), job(1))).toEqual({
      status: 'failed',
      code: 'bedrock-failed',
      reason: 'FAILED: Value "…" is bad.',
    });
    expect(judgeByJob('write', uri, detail('FAILED', after), job(1, own))).toMatchObject({
      reason: 'FAILED: Encountered error: damaged. Call to Customer Source did not succeed.',
    });
  });
});

describe('The figures of a job', () => {
  const covers = new Map<string, 'write' | 'delete'>([
    ['a', 'write'],
    ['b', 'write'],
    ['c', 'write'],
    ['d', 'delete'],
  ]);
  const ended = (statistics: JobDetail['statistics'], ...failureReasons: string[]): Job => ({
    id: 'JOB0000001',
    upTo: 4,
    covers,
    askedAt: 0,
    ended: { id: 'JOB0000001', status: 'COMPLETE', startedAt, statistics, failureReasons },
  });
  const whole = {
    numberOfNewDocumentsIndexed: 1,
    numberOfModifiedDocumentsIndexed: 1,
    numberOfMetadataDocumentsModified: 1,
    numberOfDocumentsDeleted: 1,
  };
  test.each([
    ['account for all', ended(whole), true],
    ['are one short', ended({ ...whole, numberOfNewDocumentsIndexed: 0 }), false],
    [
      'are one too many: somebody else has changed something',
      ended({ ...whole, numberOfNewDocumentsIndexed: 3 }),
      false,
    ],
    ['miss the delete', ended({ ...whole, numberOfDocumentsDeleted: 0 }), false],
    ['have a failure without a name', ended({ ...whole, numberOfDocumentsFailed: 1 }), false],
    ['have a failure of something else', ended({ ...whole, numberOfDocumentsFailed: 1 }, other), true],
    [
      'have a failure of their own, with its name',
      ended({ ...whole, numberOfNewDocumentsIndexed: 0, numberOfDocumentsFailed: 1 }, own),
      true,
    ],
    [
      'count the failed one as indexed',
      ended({ numberOfNewDocumentsIndexed: 3, numberOfDocumentsDeleted: 1, numberOfDocumentsFailed: 1 }, own),
      false,
    ],
    ['skip what has not changed', ended({ ...whole, numberOfDocumentsSkipped: 9 }), true],
    [
      'count the metadata file of a changed document too',
      ended({ ...whole, numberOfModifiedDocumentsIndexed: 2, numberOfMetadataDocumentsModified: 2 }),
      true,
    ],
    ['come with a reason', ended(whole, 'Something.'), false],
    [
      'are of a job that was stopped',
      { ...ended(whole), ended: { ...ended(whole).ended!, status: 'STOPPED' } },
      false,
    ],
    ['are of a job of which nothing is known', { ...ended(whole), covers: new Map() }, false],
  ])('%s', (_, one, expected) => {
    expect(accountsForAll(one, (id) => `s3://bucket/tributary/${id}.md`)).toBe(expected);
  });
});
