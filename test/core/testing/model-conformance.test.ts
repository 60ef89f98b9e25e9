import { describeDestination } from '../../../core/testing/conformance/destination-suite.ts';
import { describeSource } from '../../../core/testing/conformance/source-suite.ts';
import { openModelDestination, openModelSource, poison } from './model-benches.ts';

describeSource('The model source', {
  open: () => openModelSource({}),
  offers: ['deletes', 'lookup', 'enumerate'],
  missingKey: 'nobody',
});
describeSource('The model source with versions and neither lookup nor enumerate', {
  open: () => openModelSource({ versions: true, lookup: false, enumerate: false }),
  offers: ['deletes'],
  missingKey: 'nobody',
});

describeSource('The model source with a first load in parts and keys in scopes', {
  open: () => openModelSource({ partitions: true, scopes: true }),
  offers: ['deletes', 'lookup', 'enumerate', 'scopes', 'partitions'],
  missingKey: 'nobody',
});

describeDestination('The model destination', {
  open: () => openModelDestination({}),
  offers: ['inventory', 'readBack', 'search'],
  poison,
});
describeDestination('The model destination that accepts first and stores pieces', {
  open: () => openModelDestination({ mode: 'accepting', pieceLength: 40 }),
  offers: ['confirm', 'inventory', 'readBack', 'search'],
  poison,
});
