import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Stored } from './sql-types.ts';

export interface AggregateDefinition<State> {
  start(): State;
  step(state: State, values: readonly Stored[]): State;
  /** Takes a row out again, where the aggregate may run over a window that moves. */
  inverse?(state: State, values: readonly Stored[]): State;
  result(state: State): Stored;
}

/** Makes functions of this process callable from SQLite, each under a name of its own, once. */
export interface FunctionRegistry {
  scalar(key: string, apply: (values: readonly Stored[]) => Stored): string;
  aggregate<State>(key: string, definition: AggregateDefinition<State>): string;
}

export function createFunctionRegistry(sqlite: DatabaseSync): FunctionRegistry {
  const names = new Map<string, string>();
  const once = (key: string, register: (name: string) => void): string => {
    const known = names.get(key);
    if (known) return known;
    const name = `f${names.size + 1}`;
    register(name);
    names.set(key, name);
    return name;
  };
  return {
    scalar: (key, apply) =>
      once(`scalar ${key}`, (name) =>
        sqlite.function(name, { varargs: true, deterministic: true }, (...values) =>
          apply(values as Stored[]),
        ),
      ),
    aggregate: (key, definition) =>
      once(`aggregate ${key}`, (name) => {
        type State = ReturnType<(typeof definition)['start']>;
        sqlite.aggregate(name, {
          varargs: true,
          start: definition.start as () => never,
          step: ((state: State, ...values: SQLOutputValue[]) =>
            definition.step(state, values as Stored[])) as never,
          result: definition.result as never,
          ...(definition.inverse
            ? {
                inverse: ((state: State, ...values: SQLOutputValue[]) =>
                  definition.inverse!(state, values as Stored[])) as never,
              }
            : {}),
        });
      }),
  };
}
