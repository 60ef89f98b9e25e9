import { z } from 'zod';
import { redact } from '../core/config/redact.ts';
import type { Config } from '../core/config/config.ts';
import { ConfigError } from '../core/contract/errors.ts';
import { canonicalJson, sha256 } from '../core/documents/index.ts';

/** What `apply` needs of a plan; the rest is for people and programs to read. */
export const planSchema = z.looseObject({
  format: z.literal(1),
  madeAt: z.string(),
  /** Fingerprint of the configuration, without its secrets. */
  configuration: z.string(),
  catalog: z.strictObject({
    /** Absent when there was no catalog yet. */
    installation: z.string().optional(),
    /** Of the last verb that had worked on it. */
    epoch: z.int().min(0),
  }),
  options: z.strictObject({
    pipelines: z.array(z.string()),
    destinations: z.array(z.string()),
    acceptDeletes: z.array(z.string()),
    allowDeletes: z.int().min(0).optional(),
  }),
  /** Deletes by the configuration that the guard would hold back: as many may pass when the plan is applied. */
  plannedDeletes: z.array(
    z.strictObject({
      destination: z.string(),
      kind: z.string().optional(),
      cause: z.enum(['condition', 'configuration', 'identity']),
      count: z.int().min(1),
    }),
  ),
});
export type PlanInputs = z.output<typeof planSchema>;

export function parsePlan(value: unknown): PlanInputs {
  const parsed = planSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ConfigError('PLAN_INVALID', 'this is no plan of this version of Tributary', {
    hint: 'make one with `tributary plan -o plan.json`',
  });
}

/** Changes with every setting, and not with a renewed credential; a catalog that was moved is told by its installation. */
export function fingerprintConfig(config: Config): string {
  const { folder: _folder, catalog: _catalog, ...settings } = redact(config) as Record<string, unknown>;
  return sha256(canonicalJson(settings));
}

export const planStale = (what = 'the catalog has been worked on since the plan was made'): ConfigError =>
  new ConfigError('PLAN_STALE', what, { hint: 'make a new plan and look at it' });
