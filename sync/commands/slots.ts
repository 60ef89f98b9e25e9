import { createPalette } from '../../core/observe/palette.ts';
import type { RetireOptions } from '../slots/retire.ts';
import { exitCodes, problemsExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { renderBlueGreen, renderRetired, renderRollback, renderSlots } from './render-slots.ts';
import { withSession } from './session.ts';

export interface SlotsCommandOptions extends GlobalOptions {
  readonly destination?: readonly string[];
  readonly dryRun?: boolean;
}
export interface BlueGreenCommandOptions extends SlotsCommandOptions {
  readonly prepareOnly?: boolean;
}

export const runBlueGreen = (options: BlueGreenCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const { prepareOnly = false, dryRun = false } = options;
    const report = await tributary.blueGreen({ destinations: options.destination, dryRun, prepareOnly });
    if (options.json) writeJson(report);
    else writeReport(renderBlueGreen(report, prepareOnly, createPalette(colors)));
    const code = problemsExitCode(report.problems);
    if (code !== exitCodes.ok || dryRun || report.phase === 'done') return code;
    const isVerified = report.verified.length > 0 && report.verified.every((one) => one.verified);
    return prepareOnly && isVerified ? exitCodes.ok : exitCodes.rejections;
  });

export const runSlotsList = (options: GlobalOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const list = await tributary.slots.list();
    if (options.json) writeJson(list);
    else writeText(renderSlots(list, createPalette(colors)));
    return problemsExitCode(list.problems.map(({ problem }) => problem));
  });

export const runSlotsRollback = (options: SlotsCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
    const report = await tributary.slots.rollBack({
      destinations: options.destination,
      dryRun: options.dryRun ?? false,
    });
    if (options.json) writeJson(report);
    else writeReport(renderRollback(report, createPalette(colors)));
    return problemsExitCode([report.problem]);
  });

const retiring =
  (filling: boolean) =>
  (options: SlotsCommandOptions, io: CliIo): Promise<number> =>
    withSession(options, io, { progress: true }, async ({ tributary, colors, writeJson, writeReport }) => {
      const choice: RetireOptions = {
        destinations: options.destination,
        dryRun: options.dryRun ?? false,
        filling,
      };
      const report = await tributary.slots.retire(choice);
      if (options.json) writeJson(report);
      else writeReport(renderRetired(report, createPalette(colors)));
      return exitCodes.ok;
    });

export const runSlotsRetire = retiring(false);
export const runSlotsAbandon = retiring(true);
