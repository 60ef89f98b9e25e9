import type { Lease } from '../core/catalog/index.ts';
import type { Plan, PlanStep } from '../core/contract/destination.ts';
import { ConfigError } from '../core/contract/errors.ts';
import type { Grant, Survey } from '../core/contract/survey.ts';
import type { Problem } from '../core/observe/report.ts';
import { forgetHeld } from './forget-held.ts';
import { refuseForeignSlot } from './ownership.ts';
import { toProblem } from './problem.ts';
import { makeSlotReady } from './slots/make-ready.ts';
import type { OpenSlot, World } from './world.ts';

export interface ProvisionOptions {
  /** All of them when absent or empty. */
  readonly destinations?: readonly string[] | undefined;
  /** Carries the plan out; without it, nothing is changed anywhere. */
  readonly apply?: boolean | undefined;
  /** Takes over what another installation owns. */
  readonly adopt?: boolean | undefined;
  /** Carries out steps that lose what a destination holds; the next run writes it again. */
  readonly recreate?: boolean | undefined;
}
export interface Provisioned {
  readonly destination: string;
  /** With the slot where the destination has more than one. */
  readonly title: string;
  readonly type: string;
  readonly plane: 'stateful' | 'stateless';
  /** What is there, and what is to be created or adjusted; with `applied`, what was. */
  readonly steps: readonly PlanStep[];
  readonly applied: boolean;
  readonly findings: Survey['findings'];
  readonly settings: NonNullable<Survey['settings']>;
  readonly grants: readonly Grant[];
  readonly problem?: Problem;
}

/** The index, data source, alias, knowledge base of each destination: what exists, what is missing, who needs which permission. */
export async function provision(world: World, options: ProvisionOptions = {}): Promise<Provisioned[]> {
  const all: Provisioned[] = [];
  for (const name of chosen(world, options.destinations))
    all.push(...(await provisionOne(world, name, options)));
  return all;
}

/** The permissions by name for each destination, from the configuration alone: no credentials are needed. */
export function grantsOf(
  { config }: Pick<World, 'config'>,
  destinations: readonly string[] | undefined,
): ReadonlyMap<string, readonly Grant[]> {
  return new Map(
    chosen({ config }, destinations).map((name) => {
      const { connector, settings } = config.destinations[name]!;
      return [name, connector.grants?.(settings) ?? []];
    }),
  );
}

function chosen({ config }: Pick<World, 'config'>, names: readonly string[] = []): readonly string[] {
  const known = Object.keys(config.destinations);
  for (const name of names)
    if (!known.includes(name))
      throw new ConfigError('DESTINATION_UNKNOWN', `there is no destination named ${name}`, {
        hint: `choose from: ${known.join(', ')}`,
      });
  return names.length === 0 ? known : [...new Set(names)];
}

async function provisionOne(world: World, name: string, options: ProvisionOptions): Promise<Provisioned[]> {
  const { connector, plane, settings } = world.config.destinations[name]!;
  const base = { destination: name, title: name, type: connector.title, plane };
  const told = connector.grants?.(settings) ?? [];
  let slots: readonly OpenSlot[];
  try {
    slots = await world.slots(name);
  } catch (error) {
    const problem = problemOf(error, world.signal);
    return [{ ...base, steps: [], applied: false, findings: [], settings: [], grants: told, problem }];
  }
  const all: Provisioned[] = [];
  for (const slot of slots) {
    const made = await makeSlot(world, slot, options);
    const survey = await look(slot, made.problem);
    const exact = survey.grants ?? [];
    all.push({
      ...base,
      title: slot.title,
      ...made,
      findings: survey.findings,
      settings: survey.settings ?? [],
      grants: [
        ...told.map((one) => exact.find((other) => other.name === one.name) ?? one),
        ...more(exact, told),
      ],
    });
  }
  return all;
}

const more = (exact: readonly Grant[], told: readonly Grant[]): readonly Grant[] =>
  exact.filter(({ name }) => !told.some((one) => one.name === name));

/** A survey that fails tells nothing that the plan's own problem would not. */
async function look({ destination }: OpenSlot, problem: Problem | undefined): Promise<Survey> {
  try {
    return (await destination.survey?.()) ?? { findings: [] };
  } catch (error) {
    if (problem) return { findings: [] };
    const { message, hint } = toProblem(error);
    return {
      findings: [
        {
          what: 'what it stands on',
          status: 'unseen',
          detail: message,
          ...(hint === undefined ? {} : { hint }),
        },
      ],
    };
  }
}

async function makeSlot(
  world: World,
  slot: OpenSlot,
  options: ProvisionOptions,
): Promise<Pick<Provisioned, 'steps' | 'applied' | 'problem'>> {
  let steps: readonly PlanStep[] = [];
  try {
    const plan = await inspect(slot);
    steps = plan.steps;
    refuseForeignSlot(
      world.catalog.installation,
      slot.name,
      plan,
      options.adopt ?? false,
      'provision --apply',
    );
    if (!options.apply) return { steps, applied: false };
    refuseLoss(slot, plan, options);
    await applyUnderLease(world, slot, options.adopt ?? false);
    const left = (await slot.destination.plan()).steps.filter(({ action }) => action !== 'none');
    if (left.length > 0)
      throw new ConfigError(
        'PROVISION_INCOMPLETE',
        `${left.map(({ what, detail }) => `${what}: ${detail}`).join('; ')} is still to be done after applying`,
        { where: `destinations.${slot.name}`, hint: 'look at it at the vendor, then run the command again' },
      );
    return { steps, applied: true };
  } catch (error) {
    return { steps, applied: false, problem: problemOf(error, world.signal) };
  }
}

/** There is no next run that would try again. */
function problemOf(error: unknown, signal: AbortSignal): Problem {
  const problem = toProblem(error, signal);
  return problem.next === 'wait' && problem.hint === undefined
    ? { ...problem, hint: 'run the command again' }
    : problem;
}

async function inspect({ destination }: OpenSlot): Promise<Plan> {
  await destination.check();
  return destination.plan();
}

function refuseLoss(slot: OpenSlot, plan: Plan, { recreate }: ProvisionOptions): void {
  const losing = plan.steps.filter(({ destructive }) => destructive);
  if (losing.length === 0 || recreate) return;
  throw new ConfigError(
    'PROVISION_DESTRUCTIVE',
    `${losing.map(({ what, detail }) => `${what}: ${detail}`).join('; ')}; carrying it out loses what is held there`,
    {
      where: `destinations.${slot.name}`,
      hint: 'take the change of the configuration back, fill a new slot beside it, or pass --recreate',
    },
  );
}

/** As a run does it, while no run works on the slot. */
async function applyUnderLease(world: World, slot: OpenSlot, adopt: boolean): Promise<void> {
  const { leases } = world.catalog;
  const lease = takeSlot(world, slot);
  try {
    await makeSlotReady(world, lease, slot, adopt, () => forgetHeld(world, lease, slot.id));
  } finally {
    leases.release(lease);
  }
}

function takeSlot({ catalog }: World, slot: OpenSlot): Lease {
  const lease = catalog.leases.acquire([`slot:${slot.id}`]);
  if ('heldBy' in lease)
    throw new ConfigError('BUSY', `a run is at work on ${slot.title} (host ${lease.heldBy})`, {
      hint: 'provision again when it has finished',
    });
  return lease;
}
