import { cut, oneLine, textWidth } from '../../core/observe/format.ts';
import { createPalette, type Palette } from '../../core/observe/palette.ts';
import { renderProblem } from '../../core/observe/render-report.ts';
import { ConfigError } from '../../core/contract/errors.ts';
import { readFilter } from '../../core/retrieval/filter.ts';
import type { SearchHit } from '../../core/contract/destination.ts';
import type { Answer } from '../ask.ts';
import { problemsExitCode } from './exit-codes.ts';
import type { CliIo, GlobalOptions } from './io.ts';
import { locateProblem } from './locate.ts';
import { withSession } from './session.ts';

export interface AskCommandOptions extends GlobalOptions {
  readonly question: readonly string[];
  readonly limit: number;
  readonly kind?: string;
  /** A portable filter, as JSON. */
  readonly where?: string;
  readonly as?: readonly string[];
  readonly destination?: readonly string[];
}

export const runAsk = (options: AskCommandOptions, io: CliIo): Promise<number> =>
  withSession(options, io, {}, async ({ tributary, colors, writeJson, writeText }) => {
    const question = options.question.join(' ');
    const answers = (
      await tributary.ask(question, {
        limit: options.limit,
        kind: options.kind,
        where: options.where === undefined ? undefined : readFilter(parsed(options.where)),
        principals: options.as,
        destinations: options.destination,
      })
    ).map((one) => (one.error ? { ...one, error: locateProblem(tributary.config, one.error) } : one));
    const shared = sharedIds(answers);
    if (options.json) writeJson({ question, answers, shared });
    else writeText(renderAnswers(question, answers, shared, (io.stdout.columns ?? 80) - 1, colors));
    return problemsExitCode(answers.map((one) => one.error));
  });

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new ConfigError('FILTER_INVALID', 'The filter is not JSON.', {
      where: '--where',
      hint: `tributary ask … --where '{"op":"eq","field":"kind","value":"account"}'`,
    });
  }
}

/** Ids that every plane that answered has found, in the order of the first. */
export function sharedIds(answers: readonly Answer[]): string[] {
  const [first, ...others] = answers.filter((one) => one.error === undefined);
  if (first === undefined || others.length === 0) return [];
  const ids = [...new Set(first.hits.map((hit) => hit.id))];
  return ids.filter((id) => others.every((one) => one.hits.some((hit) => hit.id === id)));
}

/** Both planes, one below the other: rank, title, id, link and the first line of each passage. */
export function renderAnswers(
  question: string,
  answers: readonly Answer[],
  shared: readonly string[],
  width: number,
  colors: boolean,
): string {
  const palette = createPalette(colors);
  const { bold, dim, green, yellow } = palette;
  const sections = answers.map((one) => {
    if (one.error) return renderProblem(one.destination, one.error, colors);
    const title = `${bold(one.destination)} ${dim(`(${one.plane} plane)`)}`;
    if (one.hits.length === 0) return `${title}\n  nothing found`;
    return [title, ...one.hits.map((hit, index) => renderHit(hit, index + 1, shared, width, palette))].join(
      '\n',
    );
  });
  const answered = answers.filter((one) => one.error === undefined).length;
  const count = shared.length === 1 ? '1 document' : `${shared.length} documents`;
  const verdict =
    answered < 2
      ? ''
      : shared.length > 0
        ? `${green('=')} ${count} found on every plane, marked with =. Ranking is each service's own.`
        : yellow('No document was found on every plane.');
  const foot =
    answers.every((one) => one.hits.length === 0) && answered > 0
      ? dim('Without --as, only what everyone may read is found.')
      : '';
  return [`${bold('Question:')} ${question}`, ...sections, verdict, foot]
    .filter((part) => part !== '')
    .join('\n\n');
}

function renderHit(
  hit: SearchHit,
  rank: number,
  shared: readonly string[],
  width: number,
  { bold, dim, green, cyan }: Palette,
): string {
  const mark = shared.includes(hit.id) ? green('=') : ' ';
  const version = hit.version === undefined ? '' : ` ${dim(`@${hit.version}`)}`;
  const passage = firstLine(hit.text);
  const title = oneLine(hit.title ?? '');
  return [
    `${mark} ${rank}. ${bold(cut(title === '' ? hit.id : title, width - 6))}`,
    `     ${dim(hit.id)}${textWidth(hit.id) + 20 > width ? '' : version}`,
    ...(hit.url === undefined ? [] : [`     ${cyan(hit.url)}`]),
    ...(passage === '' || passage === title ? [] : [`     ${cut(passage, width - 5)}`]),
  ].join('\n');
}

/** The first line that says something: a heading only when there is nothing else. */
function firstLine(text: string): string {
  const lines = text.split('\n').filter((line) => /[\p{L}\p{N}]/u.test(line));
  return oneLine(lines.find((line) => !line.startsWith('#')) ?? lines[0] ?? '').replace(/^#+ /, '');
}
