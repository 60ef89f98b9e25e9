import { markdownTable } from '../markdown-table.ts';
import { median } from '../median.ts';
import type { MeasuredRound } from './rounds.ts';

/** One step of one side, as often as it was measured. */
export interface MeasuredStep {
  readonly side: string;
  readonly step: string;
  readonly rounds: readonly MeasuredRound[];
}

const heads = [
  'By',
  'Step',
  'Tokens embedded',
  'Actions sent',
  'Requests',
  'Missing',
  'Surplus',
  'Calls',
  'Documents per CPU s',
  'CPU s',
  'CPU s of the emulators',
  'Seconds',
  'Documents/s',
  'Peak RSS MB',
];

/** Medians of each figure, each on its own. */
export const resultTable = (count: number, steps: readonly MeasuredStep[]): string =>
  markdownTable(
    heads,
    steps.map(({ side, step, rounds }) => {
      const of = (figure: keyof Omit<MeasuredRound, 'step'>): number =>
        median(rounds.map((round) => round[figure]));
      const tenths = (ms: number): number => Number((ms / 1000).toFixed(1));
      const perSecond = (ms: number): string | number =>
        ms < 50 ? '–' : Math.round(count / (ms / 1000)).toLocaleString('en-GB');
      return [
        side,
        step,
        of('tokens'),
        of('actions'),
        of('requests'),
        of('missing'),
        of('surplus'),
        of('calls'),
        perSecond(of('cpuMs')),
        tenths(of('cpuMs')),
        tenths(of('serviceCpuMs')),
        tenths(of('wallMs')),
        perSecond(of('wallMs')),
        of('peakRssMb'),
      ];
    }),
  );

export function resultPage(options: {
  readonly count: number;
  readonly repeats: number;
  readonly date: string;
  readonly environment: string;
  readonly load: string;
  readonly steps: readonly MeasuredStep[];
}): string {
  const { count, repeats, date, environment, load, steps } = options;
  return `# Azure AI Search: passages with vectors

${date}. ${environment} Load of the machine before and after: ${load}. ${repeats === 1 ? 'Measured once.' : `Medians of ${repeats}.`}

${count.toLocaleString('en-GB')} documents of four passages each (about 700 characters) go into an emulated index with vectors of 256 numbers, made by an
emulated deployment that charges a token for four characters. Emulators, with the limits of the service on, run in a process of their own on
the same cores, so that a step's seconds contain their work, and whatever else the machine does: under a load far above its cores, compare
processor time. Both sides send the same passages.

- _Tributary_ does its whole work: it reads the documents from a model source, stores the records in a catalog on disk, composes, cuts,
  embeds and publishes. Text, metadata, access and provenance of each passage are written, with the fingerprint of its document: a changed
  document is written with all its passages, and the vectors of those that did not change come from the cache.
- _LangChain JS_ is \`AzureAISearchVectorStore\` of \`@langchain/community\` 1.1.29 under \`index()\` of \`@langchain/core\`, with
  \`cleanup: 'full'\` and an in-memory record manager. It gets the passages ready-made; it reads nothing and stores no state on disk. Of the
  metadata it writes the source.

_First load, busy service_: of the requests that write, each seventh is answered 503 and each eleventh 429, both without \`Retry-After\`; in each
third, one document of twenty is answered 503 and not taken (207). _Calls_ is how often the side had to be called until it claimed to be done
(ten at most). _Again_ is one more call after the service is well. _Missing_ passages should be in the index and are not; _surplus_ ones are and
should not be.

Run by \`node bench/azure/run-azure.ts --save\`; the peer by \`npm ci\` in \`bench/peers\` first.

${resultTable(count, steps)}
`;
}
