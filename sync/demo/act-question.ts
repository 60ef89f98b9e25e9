import type { SearchHit } from '../../core/contract/destination.ts';
import { cut, formatMany, pad } from '../../core/observe/format.ts';
import type { Answer } from '../ask.ts';
import type { AnswersInDemo } from './report.ts';
import type { Screen } from './screen.ts';
import { both } from './act-sync.ts';
import { expect, type Stage } from './stage.ts';

export interface Question {
  readonly text: string;
  readonly limit: number;
  /** The planes must find the same documents. */
  readonly alike: boolean;
}

/** Asks every plane the same and compares documents and citations. */
export async function playQuestion(stage: Stage, question: Question): Promise<AnswersInDemo> {
  const { tributary, screen } = stage;
  screen.act('The same question to both planes', 'tributary ask');
  screen.write(`${screen.palette.bold(`"${question.text}"`)}\n`);
  const answers = await tributary.ask(question.text, { limit: question.limit });
  showLists(screen, answers);
  const [first] = answers;
  const shared = (first?.hits ?? []).filter((hit) =>
    answers.every((answer) => answer.hits.some((one) => one.id === hit.id)),
  );
  if (shared.length > 0) showCitations(screen, shared, answers.length);
  judge(stage, question, answers, shared);
  return {
    text: question.text,
    hits: Object.fromEntries(answers.map((answer) => [answer.destination, answer.hits])),
  };
}

function judge(
  stage: Stage,
  question: Question,
  answers: readonly Answer[],
  shared: readonly SearchHit[],
): void {
  const failed = answers.flatMap((one) => (one.error ? [`${one.destination}: ${one.error.message}`] : []));
  const cited = shared.filter((hit) =>
    answers.some((answer) =>
      answer.hits.some((one) => one.id === hit.id && (one.version !== hit.version || one.url !== hit.url)),
    ),
  );
  const differ = cited.map((hit) => `${hit.id} is cited differently`);
  const most = Math.max(0, ...answers.map((one) => one.hits.length));
  if (!question.alike) {
    const count = `${shared.length} of ${formatMany(most, 'document')}`;
    expect(stage, `${both(stage)} found ${count} in common, with the same versions and links`, [
      ...failed,
      ...differ,
    ]);
    return;
  }
  const apart = answers.filter((one) => one.hits.length !== shared.length);
  const orders = new Set(answers.map((one) => one.hits.map((hit) => hit.id).join(' ')));
  const order = orders.size > 1 ? '; in another order: each service ranks in its own way' : '';
  expect(
    stage,
    `${both(stage)} answer with the same ${formatMany(shared.length, 'document')}, in the same versions and with the same links${order}`,
    [
      ...failed,
      ...apart.map((one) => `${one.destination} has ${one.hits.length - shared.length} others`),
      ...(shared.length === question.limit ? [] : [`${question.limit} were asked for`]),
      ...differ,
    ],
  );
}

/** The planes side by side. */
function showLists(screen: Screen, answers: readonly Answer[]): void {
  const { bold, dim } = screen.palette;
  const width = Math.floor((screen.columns - 2 * (answers.length - 1)) / Math.max(1, answers.length));
  const cells = (texts: readonly string[]): string =>
    texts
      .map((text) => pad(text, width))
      .join('  ')
      .trimEnd();
  screen.write(cells(answers.map((one) => `${bold(one.destination)} ${dim(`· ${one.plane} plane`)}`)));
  const rows = Math.max(0, ...answers.map((one) => one.hits.length));
  for (let row = 0; row < rows; row++) {
    screen.write(
      cells(
        answers.map(({ hits }) => {
          const hit = hits[row];
          return hit ? `${row + 1} ${cut(hit.title ?? hit.id, width - 2)}` : '';
        }),
      ),
    );
  }
  screen.write('');
}

function showCitations(screen: Screen, hits: readonly SearchHit[], planes: number): void {
  const { bold, dim, cyan } = screen.palette;
  screen.write(bold(planes === 2 ? 'Both cite' : 'All cite'));
  for (const hit of hits) {
    screen.write(`${bold(hit.title ?? hit.id)} ${dim(`version ${hit.version ?? 'unknown'}`)}`);
    screen.write(dim(hit.id));
    if (hit.url !== undefined) screen.write(cyan(hit.url));
  }
  screen.write('');
}
