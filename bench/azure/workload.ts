/** One document of four sections, each of which is one passage. */
export interface BenchDocument {
  readonly id: string;
  readonly title: string;
  readonly sections: readonly string[];
}

/** What both sides cut by: a section is shorter than a passage may be, two are longer. */
export const passageCharacters = 1000;
export const dimensions = 256;

const words =
  'renewal pilot rollout invoice threshold escalation backlog capacity region contract workflow approval shipment ledger audit onboarding quota margin forecast depot'.split(
    ' ',
  );

function prose(seed: number, count: number): string {
  let text = '';
  for (let at = 0; at < count; at++) text += `${words[(seed * 7 + at * 13 + (seed >> 3)) % words.length]} `;
  return text.trimEnd();
}

/** The documents of a size; the same ones each time. */
export const documentsOf = (count: number): BenchDocument[] =>
  Array.from({ length: count }, (_, number) => ({
    id: `doc-${String(number).padStart(7, '0')}`,
    title: `Account ${number}`,
    sections: Array.from(
      { length: 4 },
      (_, part) => `## Part ${part} of account ${number}\n\n${prose(number * 4 + part, 90)}.`,
    ),
  }));

/** Every hundredth document has another third section. */
export const onePercentChanged = (documents: readonly BenchDocument[]): BenchDocument[] =>
  documents.map((document, at) =>
    at % 100 === 0
      ? { ...document, sections: document.sections.with(2, `${document.sections[2]!} It has changed.`) }
      : document,
  );

export const bodyOf = ({ sections }: BenchDocument): string => sections.join('\n\n');
export const passagesOf = (documents: readonly BenchDocument[]): string[] =>
  documents.flatMap(({ sections }) => sections);
