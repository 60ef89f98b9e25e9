import { dateAfter, dayMs } from './dice.ts';
import type { AccountFacts, AccountRequest } from './account.ts';
import { recordId } from './salesforce-id.ts';
import { batchStamp, stamps } from './stamps.ts';
import { nextSteps, openStages } from './vocabulary.ts';

const counts = [2, 2, 2, 2, 1, 1];
const expansions = ['more seats', 'second region', 'audit archive', 'supplier portal', 'mobile approvals'];

/** A renewal first, then an expansion. */
export function generateOpportunities(request: AccountRequest, facts: AccountFacts): void {
  const { index, story, now, dice, rows } = request;
  const count = story?.opportunities.length ?? counts[index % 6] ?? 0;
  for (let position = 0; position < count; position++) {
    const told = story?.opportunities[position];
    const renewal = position === 0;
    const closed = !told && dice.chance(renewal ? 0.25 : 0.4);
    const open = dice.pick(openStages);
    const stage =
      told?.stage ?? (closed ? dice.pick(['Closed Won', 'Closed Won', 'Closed Lost']) : open.name);
    const isClosed = stage.startsWith('Closed');
    const closesInDays = told?.closesInDays ?? (closed ? -dice.between(5, 200) : dice.between(5, 200));
    const expansion = dice.pick(expansions);
    const created = now - dice.between(205, 380) * dayMs - dice.between(0, 86_399) * 1000;
    rows.opportunities.push({
      Id: recordId('Opportunity', rows.opportunities.length),
      AccountId: facts.id,
      Name: told?.name ?? `${facts.name} ${renewal ? 'renewal' : expansion}`,
      Type: told?.type ?? (renewal ? 'Renewal' : 'Expansion'),
      StageName: stage,
      Amount: told?.amount ?? (renewal ? facts.yearly : dice.between(8, 120) * 1000),
      CurrencyIsoCode: facts.currency,
      Probability:
        openStages.find((one) => one.name === stage)?.probability ?? (stage === 'Closed Won' ? 100 : 0),
      CloseDate: dateAfter(now, closesInDays),
      IsClosed: isClosed,
      IsWon: stage === 'Closed Won',
      NextStep: told ? told.nextStep : isClosed ? null : dice.pick(nextSteps),
      Description:
        told?.description ??
        (renewal ? 'Renewal of the present contract.' : `Extension of the contract: ${expansion}.`),
      OwnerId: facts.owner,
      ...stamps(created, batchStamp(created, now, dice)),
    });
  }
}
