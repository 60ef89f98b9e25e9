import { TransientError } from '../../core/contract/errors.ts';
import type { Scenario } from '../sync/scenario.ts';

export type Random = () => number;
export const pickOf = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

const calmPlane = {
  later: undefined,
  unknown: undefined,
  throwBefore: undefined,
  throwAfter: undefined,
  halt: undefined,
  reject: undefined,
  fail: undefined,
  confirmUnknown: undefined,
  confirmError: undefined,
  confirmPolls: 0,
  onWrite: undefined,
};
const calmSource = {
  duplicatePages: false,
  readsShow: 'start',
  enumeration: 'complete',
  skewMs: 0,
  onPage: undefined,
} as const;

/** Everything answers again. */
export function calm({ crm, warehouse, left, right }: Scenario): void {
  for (const plane of [left, right]) Object.assign(plane.switches, calmPlane);
  for (const source of [crm, warehouse]) Object.assign(source.switches, calmSource);
}

/** One of many faults of a destination, which lasts until the next. */
export function disturbPlane(plane: Scenario['left'], random: Random): void {
  const { switches } = plane;
  const error = (): Error | undefined => (random() < 0.3 ? new Error('connection reset') : undefined);
  Object.assign(switches, calmPlane, { confirmPolls: Math.floor(random() * 3) });
  const faults: (() => void)[] = [
    () => (switches.later = () => (random() < 0.3 ? 50 : undefined)),
    () =>
      (switches.unknown = () =>
        random() < 0.4 ? pickOf(random, ['applied', 'lost', 'late'] as const) : undefined),
    () => (switches.throwBefore = error),
    () => (switches.throwAfter = error),
    () => (switches.halt = 'quota used up'),
    () => (switches.reject = () => (random() < 0.3 ? 'refused' : undefined)),
    () =>
      (switches.fail = () =>
        random() < 0.3 ? { reason: 'refused later', applied: random() < 0.5 } : undefined),
    () => (switches.confirmPolls = Infinity),
    () => (switches.confirmUnknown = () => random() < 0.3),
    () => (switches.confirmError = error),
    () => plane.settle(),
    () => plane.loseSlot(),
    () => undefined,
    () => undefined,
    () => undefined,
  ];
  pickOf(random, faults)();
}

/** Pages twice, pages that show what changes meanwhile, lists without proof, reads that break off. */
export function disturbSource(source: Scenario['crm'], streams: readonly string[], random: Random): void {
  const { switches } = source;
  Object.assign(switches, calmSource, {
    duplicatePages: random() < 0.2,
    readsShow: random() < 0.3 ? 'page' : 'start',
    enumeration: random() < 0.2 ? 'unproven' : 'complete',
    skewMs: pickOf(random, [0, 0, 5_000, -5_000]),
  });
  if (random() < 0.3) {
    const error = random() < 0.7 ? new TransientError('broke off') : new Error('an answer that is no page');
    source.failNextRead(error, {
      stream: pickOf(random, streams),
      afterPages: Math.floor(random() * 3),
    });
  }
}
