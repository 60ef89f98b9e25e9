import { expect } from 'vitest';
import type { BusinessDocument } from '../../contract/document.ts';
import type {
  AcceptedChange,
  Change,
  DeleteChange,
  Destination,
  WriteChange,
} from '../../contract/destination.ts';
import type { Json } from '../../contract/json.ts';
import { testFingerprint } from '../test-document.ts';

export interface Settled {
  readonly status: string;
  readonly reason?: string;
}

/** Plays the engine for the suite: keeps receipts and addresses, sends a batch, asks until it is decided. */
export interface Changer {
  write(document: BusinessDocument): WriteChange;
  remove(id: string): DeleteChange;
  settle(destination: Destination, changes: readonly Change[]): Promise<readonly Settled[]>;
}

export function createChanger(later: () => Promise<void>, maxPolls: number): Changer {
  const receipts = new Map<string, Json>();
  const addresses = new Map<string, readonly string[]>();
  const base = (id: string) => {
    const receipt = receipts.get(id);
    return { id, addresses: addresses.get(id) ?? [], ...(receipt === undefined ? {} : { receipt }) };
  };
  const keep = (change: Change, receipt: Json | undefined): void => {
    if (receipt !== undefined) receipts.set(change.id, receipt);
    if (change.action === 'delete') {
      receipts.delete(change.id);
      addresses.delete(change.id);
    }
  };
  const confirm = async (destination: Destination, open: Map<number, AcceptedChange>, results: Settled[]) => {
    for (let poll = 0; open.size > 0 && poll < maxPolls; poll++) {
      await later();
      const verdicts = await destination.confirm!([...open.values()]);
      expect(verdicts, 'one verdict for each change').toHaveLength(open.size);
      for (const [n, [i, change]] of [...open].entries()) {
        const verdict = verdicts[n]!;
        const receipt = 'receipt' in verdict ? (verdict.receipt ?? change.receipt) : change.receipt;
        if (verdict.status === 'waiting') {
          open.set(i, { ...change, receipt });
          continue;
        }
        results[i] = { ...verdict };
        if (change.action === 'write') receipts.set(change.id, receipt);
        open.delete(i);
      }
    }
    for (const i of open.keys()) results[i] = { status: 'waiting' };
  };

  return {
    write: (document) => ({
      ...base(document.id),
      action: 'write',
      document,
      fingerprint: testFingerprint(document),
    }),
    remove: (id) => ({ ...base(id), action: 'delete' }),
    async settle(destination, changes) {
      const results: Settled[] = changes.map(() => ({ status: 'later' }));
      const open = new Map<number, AcceptedChange>();
      let left = changes.map((_, i) => i);
      for (let attempt = 0; left.length > 0 && attempt < maxPolls; attempt++) {
        if (attempt > 0) await later();
        const batch = left.map((i) => changes[i]!);
        for (const change of batch) {
          const touched = [...change.addresses, ...destination.encode(change).addresses];
          addresses.set(change.id, [...new Set(touched)]);
        }
        const outcomes = await destination.write(batch);
        expect(outcomes, 'one outcome for each change').toHaveLength(batch.length);
        const again: number[] = [];
        for (const [n, i] of left.entries()) {
          const outcome = outcomes[n]!;
          const change = changes[i]!;
          if (outcome.status === 'later') again.push(i);
          results[i] = { ...outcome };
          if (outcome.status === 'done') keep(change, outcome.receipt);
          if (outcome.status !== 'accepted') continue;
          keep(change, outcome.receipt);
          open.set(i, { id: change.id, action: change.action, receipt: outcome.receipt });
        }
        left = again;
      }
      await confirm(destination, open, results);
      return results;
    },
  };
}
