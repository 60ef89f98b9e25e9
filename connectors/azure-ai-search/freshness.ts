import type { ScoringProfile, SearchIndex } from '@azure/search-documents';
import type { AzureAiSearchConfig } from './config.ts';

export const freshnessProfile = 'freshness';

/** Ranks what changed lately above what did not: https://learn.microsoft.com/azure/search/index-add-scoring-profiles */
export function withFreshness(
  existing: SearchIndex['scoringProfiles'],
  { freshness }: AzureAiSearchConfig,
): SearchIndex['scoringProfiles'] {
  if (freshness === undefined) return existing;
  const wanted: ScoringProfile = {
    name: freshnessProfile,
    functionAggregation: 'sum',
    functions: [
      {
        type: 'freshness',
        fieldName: 'modified_at',
        boost: freshness.boost,
        interpolation: 'linear',
        parameters: { boostingDuration: isoDuration(freshness.within) },
      },
    ],
  };
  const found = existing?.find((one) => one.name === freshnessProfile);
  if (found !== undefined && describes(found, wanted)) return existing;
  return [...(existing ?? []).filter((one) => one !== found), wanted];
}

/** Whole days where they are whole, else seconds: `P90D`, `PT5400S`. */
export function isoDuration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  return seconds % 86_400 === 0 ? `P${seconds / 86_400}D` : `PT${seconds}S`;
}

function describes(found: ScoringProfile, wanted: ScoringProfile): boolean {
  const essence = ({ functions }: ScoringProfile): string =>
    JSON.stringify(
      (functions ?? []).map((one) => [
        one.type,
        one.fieldName,
        one.boost,
        one.interpolation,
        one.type === 'freshness' ? one.parameters.boostingDuration : '',
      ]),
    );
  return essence(found) === essence(wanted);
}
