import type { Destination, Outcome } from '../../../core/contract/destination.ts';
import { hasObject } from './choose-road.ts';
import { standsOn } from './travel.ts';

/** Without the settings of the S3 road, a document that stands there cannot be changed: it would answer twice. */
export function refuseStranded(destination: Destination): Destination {
  const halted: Outcome = {
    status: 'halted',
    reason: 'Documents of this destination stand on the S3 road, and its settings are not there any more.',
    hint: 'Give `bulk` back, with `from: never`; once every document has left that road (`tributary reindex`), take it out.',
  };
  return {
    ...destination,
    async write(changes) {
      if (changes.some((change) => standsOn(change.receipt) === 's3' || hasObject(change)))
        return changes.map(() => halted);
      return destination.write(changes);
    },
  };
}
