import { fieldSql } from './filter-sql.ts';
import type { FieldDefinition, IndexDefinition } from './index-definition.ts';
import { Refusal } from './refusal.ts';

interface Profile {
  readonly name: string;
  readonly functions?: readonly {
    readonly type: string;
    readonly fieldName: string;
    readonly boost: number;
    readonly interpolation?: string;
    readonly freshness?: { readonly boostingDuration?: string };
  }[];
}

const broken = (message: string): Refusal =>
  new Refusal(400, 'InvalidRequestParameter', `The request is invalid. Details: definition : ${message}`, [
    { code: 'InvalidScoringProfile', message: `${message} Parameters: definition` },
  ]);

/** https://learn.microsoft.com/azure/search/index-add-scoring-profiles : of the functions, freshness alone is emulated. */
export function requireScoringProfiles(raw: unknown, fields: readonly FieldDefinition[]): void {
  for (const { name, functions = [] } of (raw ?? []) as readonly Profile[]) {
    for (const { type, fieldName, boost, freshness } of functions) {
      if (type !== 'freshness') throw broken(`This emulator does not hold functions of the type '${type}'.`);
      const field = fields.find((one) => one.name === fieldName);
      if (field?.type !== 'Edm.DateTimeOffset' || !field.filterable)
        throw broken(
          `'${fieldName}' of '${name}' must be a filterable field of the type Edm.DateTimeOffset.`,
        );
      if (typeof boost !== 'number' || boost === 1 || boost <= 0)
        throw broken(`The boost of '${name}' must be positive and not 1.`);
      if (secondsOf(freshness?.boostingDuration) === undefined)
        throw broken(`'boostingDuration' of '${name}' is not a duration such as P30D.`);
    }
  }
}

function secondsOf(duration: string | undefined): number | undefined {
  const match = /^-?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration ?? '');
  if (!match || match.slice(1).every((one) => one === undefined)) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((one) => Number(one ?? 0));
  return days! * 86_400 + hours! * 3600 + minutes! * 60 + seconds!;
}

/** The factor of a document's score in SQL: the boost for what changed now, falling to one at the end of the duration. */
export function boostSql(name: string | null | undefined, index: IndexDefinition, now: number): string {
  const wanted = name ?? (index['defaultScoringProfile'] as string | null | undefined);
  if (!wanted) return '1.0';
  const profile = ((index['scoringProfiles'] ?? []) as readonly Profile[]).find((one) => one.name === wanted);
  if (!profile)
    throw new Refusal(
      400,
      'InvalidRequestParameter',
      `Unknown scoring profile '${wanted}'.\r\nParameter name: scoringProfile`,
    );
  return (profile.functions ?? [])
    .map(({ fieldName, boost, freshness }) => {
      const field = index.fields.find((one) => one.name === fieldName)!;
      const age = `(${Math.floor(now / 1000)} - unixepoch(${fieldSql(field)}))`;
      const share = `max(0.0, 1.0 - max(0, ${age}) * 1.0 / ${secondsOf(freshness?.boostingDuration)!})`;
      return `coalesce(1.0 + ${boost - 1} * ${share}, 1.0)`;
    })
    .concat('1.0')
    .join(' * ');
}
