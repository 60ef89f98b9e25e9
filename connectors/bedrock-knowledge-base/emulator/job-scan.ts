import type { EmulatedSource } from './data-sources.ts';
import type { DocumentContent } from './document-store.ts';
import type { JobTimings } from './ingestion-jobs.ts';
import type { Switches } from './switches.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_IngestionJobStatistics.html */
export interface JobStatistics {
  numberOfDocumentsScanned: number;
  numberOfMetadataDocumentsScanned: number;
  numberOfNewDocumentsIndexed: number;
  numberOfModifiedDocumentsIndexed: number;
  numberOfMetadataDocumentsModified: number;
  numberOfDocumentsDeleted: number;
  numberOfDocumentsFailed: number;
}
export interface JobScan {
  readonly endsAt: number;
  readonly failed: boolean;
  readonly reasons: readonly string[];
  readonly statistics: JobStatistics;
}
type Step = {
  readonly uri: string;
  readonly content: DocumentContent | undefined;
  readonly final: string;
  readonly reason?: string | undefined;
};

const noStatistics = (): JobStatistics => ({
  numberOfDocumentsScanned: 0,
  numberOfMetadataDocumentsScanned: 0,
  numberOfNewDocumentsIndexed: 0,
  numberOfModifiedDocumentsIndexed: 0,
  numberOfMetadataDocumentsModified: 0,
  numberOfDocumentsDeleted: 0,
  numberOfDocumentsFailed: 0,
});

/**
 * What a job does with the bucket as it is now: what is new or changed is indexed, what is gone is deleted, the rest is
 * left alone. What failed is tried again by the next job.
 */
export function scanObjects(
  source: EmulatedSource,
  {
    from,
    switches,
    timings,
  }: { readonly from: number; readonly switches: Switches; readonly timings: JobTimings },
): JobScan {
  const statistics = noStatistics();
  const { objects, indexed, store } = source;

  if (switches.jobFails !== undefined || !objects)
    return { endsAt: from, failed: true, reasons: [switches.jobFails ?? 'No objects.'], statistics };
  source.isSynced = true;
  const steps: Step[] = [];
  const failures = new Map<string, string[]>();
  const there = new Set<string>();
  for (const { uri, etag, metadataEtag } of objects.all()) {
    there.add(uri);
    statistics.numberOfDocumentsScanned++;
    if (metadataEtag !== '') statistics.numberOfMetadataDocumentsScanned++;
    const before = indexed.get(uri);
    if (before?.etag === etag && before.metadataEtag === metadataEtag) continue;
    const read = objects.read(uri);
    const { final, reason } =
      read === undefined || 'problem' in read
        ? { final: 'FAILED', reason: read?.problem ?? 'The file is gone.' }
        : switches.outcome(uri, read);
    if (final === 'FAILED' || final === 'IGNORED') {
      statistics.numberOfDocumentsFailed++;
      const why = reason ?? 'Ignored file.';
      failures.set(why, [...(failures.get(why) ?? []), uri]);
    } else {
      if (before === undefined) statistics.numberOfNewDocumentsIndexed++;
      else if (before.etag !== etag) statistics.numberOfModifiedDocumentsIndexed++;
      else statistics.numberOfMetadataDocumentsModified++;
      indexed.set(uri, { etag, metadataEtag });
    }
    steps.push({
      uri,
      content: read === undefined || 'problem' in read ? { text: '', metadata: {}, access: [] } : read,
      final,
      reason,
    });
  }
  for (const { id } of store.all()) {
    if (there.has(id)) continue;
    statistics.numberOfDocumentsDeleted++;
    indexed.delete(id);
    steps.push({ uri: id, content: undefined, final: 'NOT_FOUND' });
  }
  const lasts = Math.max(timings.leastMs, steps.length * timings.perDocumentMs);
  for (const [position, { uri, ...step }] of steps.entries()) {
    const doneAt = from + Math.round((lasts * (position + 1)) / steps.length);
    const at = {
      acceptedAt: from,
      startAt: from,
      visibleAt: from,
      pendingAt: from,
      progressAt: Math.round((from + doneAt) / 2),
      doneAt,
    };
    store.add(uri, { content: step.content, final: step.final, reason: step.reason, ...at });
  }
  return {
    endsAt: from + lasts,
    failed: false,
    reasons: [...failures].map(([why, files]) => reasonOf(why, switches.jobsNameFailures ? files : [])),
    statistics,
  };
}

/** As the service words it: a list in a text, and all the files that failed for one reason together. */
const reasonOf = (why: string, files: readonly string[]): string =>
  JSON.stringify([
    `Encountered error: ${why}${files.length === 0 ? '' : ` [Files: ${files.join(', ')}]`}. Call to Customer Source did not succeed.`,
  ]);
