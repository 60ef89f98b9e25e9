import { ConfigError } from '../core/contract/errors.ts';
import type { SearchHit } from '../core/contract/destination.ts';
import type { Filter } from '../core/contract/filter.ts';
import { readFilter } from '../core/retrieval/filter.ts';
import { toProblem } from './problem.ts';
import type { Problem } from '../core/observe/report.ts';
import type { World } from './world.ts';

export interface Answer {
  readonly destination: string;
  readonly plane: string;
  readonly hits: readonly SearchHit[];
  readonly error?: Problem;
}
export interface AskOptions {
  readonly limit?: number;
  readonly kind?: string | undefined;
  /** A portable filter: it means the same on every plane. */
  readonly where?: Filter | undefined;
  /** Who asks; without it, only what everyone may read is found. */
  readonly principals?: readonly string[] | undefined;
  readonly destinations?: readonly string[] | undefined;
}

/** Asks every plane the same question. Ranking is each service's own. */
export async function ask(world: World, question: string, options: AskOptions = {}): Promise<Answer[]> {
  if (question.trim() === '')
    throw new ConfigError('QUESTION_EMPTY', 'the question is empty', {
      hint: 'tributary ask "which accounts are at risk?"',
    });
  const where = options.where === undefined ? {} : { where: readFilter(options.where) };
  const names = options.destinations?.length ? options.destinations : Object.keys(world.config.destinations);
  return Promise.all(
    names.map(async (name): Promise<Answer> => {
      const slot = await world.slot(name);
      const base = { destination: name, plane: slot.config.plane };
      if (!slot.destination.search) return { ...base, hits: [] };
      try {
        const hits = await slot.destination.search({
          text: question,
          limit: options.limit ?? 5,
          ...(options.kind === undefined ? {} : { filter: { kind: options.kind } }),
          ...where,
          ...(options.principals === undefined ? {} : { principals: options.principals }),
        });
        return { ...base, hits };
      } catch (error) {
        return { ...base, hits: [], error: toProblem(error) };
      }
    }),
  );
}
