import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../../connectors/bedrock-knowledge-base/receipt.ts';
import { judge } from '../../../connectors/bedrock-knowledge-base/verdict.ts';

const acceptedAt = '2026-01-15T12:00:00.000Z';
const later = '2026-01-15T12:00:03.000Z';
const latest = '2026-01-15T12:00:09.000Z';
const limits = { maxAsks: 3, maxWaitMs: 1000, doubtWindowMs: 5000 };
const fresh: Receipt = { acceptedAt, since: 0, asks: 0, seen: false, doubtful: false };

const verdict = (
  action: 'write' | 'delete',
  status: string,
  updatedAt: string | undefined,
  receipt: Partial<Receipt> = {},
  now = 100,
) => judge(action, { ...fresh, ...receipt }, { status, updatedAt, reason: undefined }, now, limits).status;

describe('What a status says about an accepted change', () => {
  test.each(['INDEXED', 'PARTIALLY_INDEXED', 'FAILED', 'IGNORED'])(
    '%s counts only when it is later than the acceptance, or when the change was seen under way',
    (status) => {
      const final = status.endsWith('INDEXED') ? 'done' : 'failed';
      expect(verdict('write', status, later)).toBe(final);
      expect(verdict('write', status, acceptedAt)).toBe('waiting');
      expect(verdict('write', status, undefined)).toBe('waiting');
      expect(verdict('write', status, acceptedAt, { seen: true })).toBe(final);
      expect(verdict('write', status, undefined, { seen: true })).toBe(final);
      expect(verdict('write', status, later, { acceptedAt: undefined })).toBe('waiting');
    },
  );

  test('it gives up only after enough asks and enough time', () => {
    expect(verdict('write', 'NOT_FOUND', undefined, { asks: 2 }, 999)).toBe('waiting');
    expect(verdict('write', 'NOT_FOUND', undefined, { asks: 1 }, 1000)).toBe('waiting');
    expect(verdict('write', 'NOT_FOUND', undefined, { asks: 2 }, 1000)).toBe('unknown');
    expect(verdict('write', 'IN_PROGRESS', later, { asks: 900 }, 1e9)).toBe('waiting');
    expect(verdict('delete', 'INDEXED', acceptedAt, { asks: 2 }, 1000)).toBe('unknown');
    expect(verdict('write', 'A_NEW_STATUS', later, { asks: 2 }, 1000)).toBe('unknown');
  });

  test('a delete is undone by a document that was indexed after it', () => {
    expect(verdict('delete', 'NOT_FOUND', undefined)).toBe('done');
    expect(verdict('delete', 'INDEXED', acceptedAt)).toBe('waiting');
    expect(verdict('delete', 'INDEXED', later)).toBe('unknown');
    expect(verdict('delete', 'STARTING', later)).toBe('waiting');
    expect(verdict('delete', 'DELETING', later)).toBe('waiting');
  });

  test('a doubtful change is done when its final status has stayed as it is for the doubt window', () => {
    const doubtful = { doubtful: true };
    const settling = { ...doubtful, settling: { updatedAt: later, since: 1000 } };
    expect(verdict('write', 'INDEXED', later, doubtful)).toBe('waiting');
    expect(verdict('write', 'INDEXED', later, settling, 5999)).toBe('waiting');
    expect(verdict('write', 'INDEXED', later, settling, 6000)).toBe('done');
    expect(verdict('write', 'INDEXED', latest, settling, 6000)).toBe('unknown');
    expect(verdict('write', 'IN_PROGRESS', latest, settling, 2000)).toBe('unknown');
    expect(verdict('write', 'NOT_FOUND', undefined, settling, 2000)).toBe('unknown');
    expect(verdict('write', 'FAILED', latest, settling, 6000)).toBe('unknown');
    const gone = { ...doubtful, settling: { since: 1000 } };
    expect(verdict('delete', 'NOT_FOUND', undefined, doubtful)).toBe('waiting');
    expect(verdict('delete', 'NOT_FOUND', undefined, gone, 6000)).toBe('done');
    expect(verdict('delete', 'STARTING', latest, gone, 2000)).toBe('unknown');
  });
});
