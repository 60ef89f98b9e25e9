import { ConfigError } from '../contract/errors.ts';
import type { DestinationSlots } from '../contract/slots.ts';
import type { ModelPlane } from './model-destination.ts';
import { createModelStore } from './model-store.ts';

/** The slot that a model destination has from the start. */
export const firstSlot = 'main';

/** The slots of a model destination: each has a store of its own; the first one's store holds the pointer. */
export interface ModelSlots {
  plane(name: string): ModelPlane;
  active(): string;
  names(): readonly string[];
  /** What the engine gets of them, bound to one. */
  of(name: string): DestinationSlots;
}

export function createModelSlots(first: ModelPlane): ModelSlots {
  const { options, switches } = first;
  const planes = new Map<string, ModelPlane>([[firstSlot, first]]);
  const plane = (name: string): ModelPlane => {
    const known = planes.get(name);
    if (known) return known;
    const made: ModelPlane = {
      ...first,
      store: createModelStore({
        ...options,
        ...(options.file === undefined ? {} : { file: `${options.file}.${name}` }),
      }),
      polls: new Map(),
      inFlight: new Set(),
      requestsInFlight: 0,
      get life() {
        return first.life;
      },
    };
    planes.set(name, made);
    return made;
  };
  const active = (): string => {
    first.store.catchUp();
    return first.store.pointer ?? firstSlot;
  };
  const numberOf = (name: string): number => Number(/^main-(\d+)$/.exec(name)?.[1] ?? 1);
  const dead = (life: number): Promise<void> =>
    life === first.life ? Promise.resolve() : new Promise<never>(() => {});
  return {
    plane,
    active,
    names: () => [...planes.keys()],
    of(name) {
      const life = first.life;
      return {
        name,
        label: `slot ${name}`,
        binding: { what: 'slot', value: name },
        async check() {
          await dead(life);
          if (options.slots !== true)
            throw new ConfigError('MODEL_NO_SLOTS', 'The model was told to have one slot.', {
              hint: 'Give it `slots`.',
            });
        },
        async list() {
          await dead(life);
          return [...planes].flatMap(([one, { store }]) => {
            store.catchUp();
            return store.slot ? [{ name: one, active: one === active(), documents: store.held.size }] : [];
          });
        },
        async led() {
          await dead(life);
          await switches.onLed?.();
          await dead(life);
          return options.slots === true ? active() : undefined;
        },
        open: async (taken) => `main-${Math.max(1, ...taken.map(numberOf)) + 1}`,
        async activate() {
          await dead(life);
          await switches.onActivate?.('before', name);
          await dead(life);
          if (plane(name).store.slot === undefined) first.breach(`slot ${name} is activated and not there`);
          if (active() !== name) first.store.lead(name);
          await switches.onActivate?.('after', name);
          await dead(life);
          return { settlesWithinMs: 500 };
        },
        async retire() {
          await dead(life);
          if (active() === name) first.breach(`slot ${name} is retired and agents are led to it`);
          await switches.onRetire?.('before', name);
          await dead(life);
          plane(name).store.lose();
          await switches.onRetire?.('after', name);
          await dead(life);
        },
      };
    },
  };
}
