import type { DemoCompany } from './generate.ts';
import { rowsOf, type DocumentRef } from './shown.ts';
import { aldermoorFreight } from './stories/aldermoor-freight.ts';

export interface DemoQuestion {
  readonly text: string;
  /** How many documents to ask for. */
  readonly limit: number;
  /** The documents that a right answer has before all others, in any order: services rank differently. */
  readonly first: readonly DocumentRef[];
}

/** Asked of both planes. Only one customer's records speak of customs declarations. */
export function demoQuestion(company: DemoCompany): DemoQuestion {
  const account = rowsOf(company, 'Account').find((row) => row['Name'] === aldermoorFreight.name);
  const renewal = rowsOf(company, 'Opportunity').find(
    (row) => row['Name'] === aldermoorFreight.opportunities[0]?.name,
  );
  const failing = rowsOf(company, 'Case').find(
    (row) => row['Subject'] === aldermoorFreight.cases[0]?.subject,
  );
  return {
    text: 'Is a renewal at risk because customs exports fail at night?',
    limit: 3,
    first: [
      { kind: 'account', key: String(account?.['Id']) },
      { kind: 'opportunity', key: String(renewal?.['Id']) },
      { kind: 'case', key: String(failing?.['Id']) },
    ],
  };
}
