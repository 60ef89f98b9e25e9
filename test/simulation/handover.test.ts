import { describe, expect, it } from 'vitest';
import { createTestDocument } from '../../core/testing/test-document.ts';
import { createHandover } from '../../sync/handover.ts';

const document = createTestDocument('a1');

describe('what compose hands to publish', () => {
  it('is given out under the fingerprint it was composed with, never under another', () => {
    const handover = createHandover(1_000_000);
    handover.put(1, document.id, { document, fingerprint: 'old' });
    expect(handover.get(1, document.id, 'old')).toBe(document);
    expect(handover.get(1, document.id, 'new')).toBeUndefined();
    expect(handover.get(2, document.id, 'old')).toBeUndefined();
  });

  it('is forgotten when a newer version does not fit any more', () => {
    const handover = createHandover(5000);
    handover.put(1, document.id, { document, fingerprint: 'old' });
    const longer = { ...document, body: 'long '.repeat(5000) };
    handover.put(1, document.id, { document: longer, fingerprint: 'new' });
    expect(handover.get(1, document.id, 'old')).toBeUndefined();
    expect(handover.get(1, document.id, 'new')).toBeUndefined();
  });
});
