import type { Grant } from '../../core/contract/survey.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import type { Provisioned } from '../provision.ts';
import { exitCodes, problemsExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem } from './locate.ts';
import { renderProvisioned } from './render-provision.ts';
import { withSession } from './session.ts';

export interface ProvisionCommandOptions extends GlobalOptions {
  readonly destinations: readonly string[];
  readonly apply?: boolean;
  readonly adopt?: boolean;
  readonly recreate?: boolean;
  readonly policy?: boolean;
  /** Whose policy; Tributary's own unless named. */
  readonly for?: string;
}

export const runProvision = (options: ProvisionCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const { destinations } = options;
    if (options.policy || options.for !== undefined) {
      writeJson(policies(await tributary.grants(destinations, options.for), options.for ?? 'tributary'));
      return exitCodes.ok;
    }
    const all = (
      await tributary.provision({
        destinations,
        apply: options.apply,
        adopt: options.adopt,
        recreate: options.recreate,
      })
    ).map((one) => (one.problem ? { ...one, problem: locateProblem(tributary.config, one.problem) } : one));
    const code = provisionExitCode(all);
    if (options.json) writeJson({ ok: code === exitCodes.ok, destinations: all });
    else writeText(renderProvisioned(all, { colors, columns: io.stdout.columns ?? 80 }));
    return code;
  });

/** One destination's policy alone, as the vendor's own command line takes it; those of several by name. */
function policies(grants: ReadonlyMap<string, readonly Grant[]>, name: string): unknown {
  const found = [...grants].flatMap(([destination, all]) =>
    all.filter((one) => one.name === name).map((one) => [destination, one.policy] as const),
  );
  if (found.length === 0) {
    const names = [...new Set([...grants.values()].flat().map((one) => one.name))];
    throw new ConfigError('POLICY_UNKNOWN', `there is no policy for ${name}`, {
      ...(names.length === 0 ? {} : { hint: `choose from: ${names.join(', ')}` }),
    });
  }
  return found.length === 1 && found[0] ? found[0][1] : Object.fromEntries(found);
}

/** What is still to be created or adjusted is not where it should be. */
function provisionExitCode(all: readonly Provisioned[]): number {
  const code = problemsExitCode(all.map((one) => one.problem));
  if (code >= exitCodes.act) return code;
  if (all.some((one) => one.findings.some(({ status }) => status === 'problem'))) return exitCodes.act;
  const left = all.some((one) => !one.applied && one.steps.some(({ action }) => action !== 'none'));
  return left ? exitCodes.rejections : code;
}
