import { dayMs, instantText } from './dice.ts';
import type { AccountFacts, AccountRequest } from './account.ts';
import { recordId } from './salesforce-id.ts';
import { batchStamp, stamps } from './stamps.ts';
import { caseAsks, topics } from './topics.ts';

const counts = [6, 1, 2, 2, 2, 1];

export function generateCases(request: AccountRequest, facts: AccountFacts): void {
  const { index, story, now, dice, rows } = request;
  const count = story?.cases.length ?? counts[index % 6] ?? 0;
  const contacts = rows.contacts.filter(
    (one, at) => at >= rows.contacts.length - 3 && one['AccountId'] === facts.id,
  );
  for (let position = 0; position < count; position++) {
    const told = story?.cases[position];
    const topic = dice.pick(topics);
    const daysAgo = told?.createdDaysAgo ?? dice.between(1, 360);
    const created = now - daysAgo * dayMs - (position * 7200 + dice.between(0, 3600)) * 1000;
    const age = Math.max(1, Math.min(daysAgo - 1, dice.between(1, 14)));
    const closed = told ? told.status === 'Closed' : daysAgo > 2 && dice.chance(0.75);
    const closedAt = closed ? created + age * dayMs : null;
    const lonely = index % 60 === 45 && position === 0;
    rows.cases.push({
      Id: recordId('Case', rows.cases.length),
      CaseNumber: String(1001 + rows.cases.length).padStart(8, '0'),
      AccountId: lonely ? null : facts.id,
      ContactId: lonely || contacts.length === 0 ? null : (dice.pick(contacts)['Id'] ?? null),
      Subject: told?.subject ?? dice.pick(topic.subjects),
      Type: told?.type ?? topic.type,
      Description:
        told?.description ??
        `${dice.pick(topic.symptoms)} ${dice.pick(topic.details)}\n\n${dice.pick(caseAsks)}`,
      Status: told?.status ?? (closed ? 'Closed' : dice.pick(['New', 'Working', 'Working', 'Escalated'])),
      Priority: told?.priority ?? dice.pick(['Low', 'Medium', 'Medium', 'High', 'Critical']),
      Origin: dice.pick(['Email', 'Email', 'Web', 'Phone']),
      IsClosed: closed,
      ClosedDate: closedAt === null ? null : instantText(closedAt),
      Resolution__c: told ? told.resolution : closed ? dice.pick(topic.resolutions) : null,
      OwnerId: facts.owner,
      ...stamps(created, closedAt ?? batchStamp(created, now, dice)),
    });
  }
}
