import { demoQuestion } from '../../examples/demo-company/questions.ts';
import { shownByDocument } from '../../examples/demo-company/shown.ts';
import type { Checked } from '../check.ts';
import { renderChecked } from '../commands/check.ts';
import { locateProblem } from '../commands/locate.ts';
import { playChanges } from './act-changes.ts';
import { playDocument } from './act-document.ts';
import { playQuestion, type Question } from './act-question.ts';
import { holdingsByDestination, playFirstSync, playSilentSync } from './act-sync.ts';
import { playVerify } from './act-verify.ts';
import type { DemoReport } from './report.ts';
import type { Stage } from './stage.ts';

export interface StoryOptions {
  /** Asked in place of the company's own question. */
  readonly question?: string | undefined;
  readonly scale?: number | undefined;
}
export type Story = Omit<DemoReport, 'ok' | 'expectations' | 'seconds' | 'kept'>;

const ownQuestionLimit = 5;

/** The acts in their order. Ends after the check when a person has to act first. */
export async function playStory(stage: Stage, options: StoryOptions): Promise<Story> {
  const { input, signal } = stage;
  const { company } = input;
  const checked = await playCheck(stage);
  if (checked.some((one) => one.problem)) return { documents: {}, checked, runs: [] };

  const first = await playFirstSync(stage, company && shownByDocument(company).size);
  const runs = [first];
  const asked = company && demoQuestion(company);
  const account = asked?.first.find((one) => one.kind === 'account');
  const name = account ? `${account.kind}/${account.key}` : longestDocument(stage);
  const document = name === undefined ? undefined : await playDocument(stage, name, account ? name : '<id>');
  signal.throwIfAborted();

  const question: Question | undefined =
    options.question !== undefined
      ? { text: options.question, limit: ownQuestionLimit, alike: false }
      : // In a small company, each service ranks its few documents in its own way.
        asked && { text: asked.text, limit: asked.limit, alike: (options.scale ?? 1) >= 1 };
  const answers = question && (await playQuestion(stage, question));
  signal.throwIfAborted();

  const changed = company && (await playChanges(stage, company));
  if (changed) runs.push(changed.report);
  runs.push(await playSilentSync(stage));
  const verify = await playVerify(stage);
  signal.throwIfAborted();
  return {
    documents: Object.fromEntries(
      (runs.at(-1)?.destinations ?? []).map((one) => [one.destination, one.held]),
    ),
    checked,
    runs,
    ...(document ? { document } : {}),
    ...(answers
      ? {
          answers,
          question: Object.fromEntries(
            Object.entries(answers.hits).map(([destination, hits]) => [
              destination,
              hits.map((hit) => hit.id),
            ]),
          ),
        }
      : {}),
    ...(changed ? { changes: changed.changes } : {}),
    verify,
  };
}

async function playCheck(stage: Stage): Promise<readonly Checked[]> {
  const { tributary, screen, signal } = stage;
  screen.act('Is everything in order?', 'tributary check');
  const checked = (await tributary.check()).map((one) =>
    one.problem ? { ...one, problem: locateProblem(tributary.config, one.problem) } : one,
  );
  signal.throwIfAborted();
  screen.write(renderChecked(checked, undefined, screen.colors));
  const problems = checked.flatMap((one) => (one.problem ? [`${one.name}: ${one.problem.message}`] : []));
  stage.expectations.expect('Sources, destinations and kinds are in order', problems);
  if (problems.length > 0 && !stage.input.company && !stage.input.ownConfig) {
    screen.write('');
    screen.say(
      'The folder has no connectors.config.yaml, so the one that comes with Tributary was tried. To write one that fits: `tributary emulate --data <folder> --dotenv <folder>/.env`, and in another shell, in that folder, `tributary init`.',
    );
  }
  return checked;
}

/** Of all documents, the one with the most to show. */
function longestDocument(stage: Stage): string | undefined {
  const [holdings] = holdingsByDestination(stage).values();
  const longest = [...(holdings?.values() ?? [])].toSorted((a, b) => b.stored.length - a.stored.length)[0];
  return longest?.id;
}
