import type { Config } from '../../core/config/config.ts';
import type { Problem, RunReport } from '../../core/observe/report.ts';

const sections = /^(namespace|catalog|limits|sources|destinations|kinds|pipelines)\b/;

/** Says where in the file a problem's setting stands, when it is about a setting. */
export function locateProblem(config: Config, problem: Problem): Problem {
  if (problem.where === undefined || !config.locate || !sections.test(problem.where)) return problem;
  const { file, line, column } = config.locate(problem.where);
  return { ...problem, where: `${file}:${line}:${column} (${problem.where})` };
}

/** A report whose problems say where in the file their settings stand. */
export function locateReport(config: Config, report: RunReport): RunReport {
  const located = <One extends { readonly error?: Problem }>(one: One): One =>
    one.error === undefined ? one : { ...one, error: locateProblem(config, one.error) };
  return {
    ...report,
    streams: report.streams.map(located),
    destinations: report.destinations.map(located),
  };
}
