import { dateAfter, dayMs, type Dice } from './dice.ts';
import { generateCases } from './cases.ts';
import type { Row } from './generate.ts';
import { generateOpportunities } from './opportunities.ts';
import { recordId, shortId } from './salesforce-id.ts';
import { batchStamp, stamps } from './stamps.ts';
import type { Story } from './stories/story.ts';
import { accountDescriptions, escalationNotes, riskReasons } from './topics.ts';
import { invoiceRows, usageRows } from './usage.ts';
import { asciiOf } from './users.ts';
import { contactTitles, endings, firstNames, industries, lastNames, places, stems } from './vocabulary.ts';

/** What the parts of an account are generated from. */
export interface AccountRequest {
  readonly index: number;
  readonly story: Story | undefined;
  readonly users: readonly Row[];
  readonly now: number;
  readonly dice: Dice;
  readonly rows: Readonly<
    Record<'accounts' | 'contacts' | 'opportunities' | 'cases' | 'escalations' | 'usage' | 'invoices', Row[]>
  >;
}
export interface AccountFacts {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly owner: Row[string];
  readonly renewalInDays: number;
  readonly yearly: number;
}

/** Every six accounts together have twelve contacts, ten opportunities and fourteen cases: totals follow the scale. */
const contactCounts = [3, 2, 2, 2, 2, 1];

export function generateAccount(request: AccountRequest): void {
  const { index, story, users, now, dice, rows } = request;
  const industry = story ? undefined : dice.pick(industries);
  const place = story ?? dice.pick(places);
  const risk = story?.risk ?? dice.pick(['Low', 'Low', 'Low', 'Low', 'Low', 'Medium', 'Medium', 'High']);
  const renewalInDays = story?.renewalInDays ?? dice.between(15, 350);
  const employees = story?.employees ?? dice.between(4, 400) * 10;
  const plan = story?.plan ?? (employees > 2000 ? 'Enterprise' : employees > 500 ? 'Business' : 'Standard');
  const name = story?.name ?? nameOf(index, dice.pick(industry?.words ?? ['']));
  const owner = users[dice.between(0, users.length - 1)];
  const domain = `${asciiOf(name).toLowerCase().replace(/\W+/g, '')}.example`;
  const facts: AccountFacts = {
    id: recordId('Account', index),
    name,
    currency: place.currency,
    owner: owner?.['Id'] ?? null,
    renewalInDays,
    yearly: { Standard: 24_000, Business: 90_000, Enterprise: 220_000 }[plan] + dice.between(0, 60) * 500,
  };
  const created = now - dice.between(400, 1500) * dayMs - dice.between(0, 86_399) * 1000;
  rows.accounts.push({
    Id: facts.id,
    Name: name,
    Type: 'Customer',
    Industry: story?.industry ?? industry?.value ?? null,
    AnnualRevenue: story?.annualRevenue ?? employees * dice.between(90, 240) * 1000,
    NumberOfEmployees: employees,
    BillingCity: place.city,
    BillingCountry: place.country,
    Phone: `+00 555 ${String(1_000_000 + index).slice(1)}`,
    Website: `https://www.${domain}`,
    Description: story?.description ?? dice.pick(accountDescriptions),
    OwnerId: facts.owner,
    CurrencyIsoCode: facts.currency,
    Plan__c: plan,
    Renewal_Date__c: dateAfter(now, renewalInDays),
    Renewal_Risk__c: risk,
    Renewal_Risk_Reason__c: story ? story.riskReason : risk === 'Low' ? null : dice.pick(riskReasons[risk]),
    Days_To_Renewal__c: renewalInDays,
    ...stamps(created, batchStamp(created, now, dice)),
  });
  generateContacts(request, facts, domain);
  generateOpportunities(request, facts);
  generateCases(request, facts);
  if (risk === 'High') generateEscalation(request, facts);
  const usage = story?.usage ?? { users: Math.max(4, Math.round((employees * dice.between(5, 60)) / 100)) };
  const short = shortId('Account', index);
  rows.usage.push(...usageRows(short, usage, now, dice));
  const number = 20_000 + index * 4;
  const disputed = story?.disputedInvoice ?? false;
  rows.invoices.push(...invoiceRows(short, number, facts.yearly / 4, facts.currency, disputed, now, dice));
}

function generateContacts(
  { index, story, now, dice, rows }: AccountRequest,
  facts: AccountFacts,
  domain: string,
) {
  const count = story?.contacts.length ?? contactCounts[index % 6] ?? 0;
  for (let position = 0; position < count; position++) {
    const told = story?.contacts[position];
    const firstName = told?.firstName ?? dice.pick(firstNames);
    const lastName = told?.lastName ?? dice.pick(lastNames);
    const created = now - dice.between(30, 900) * dayMs - dice.between(0, 86_399) * 1000;
    const lonely = index % 60 === 30 && position === 0;
    rows.contacts.push({
      Id: recordId('Contact', rows.contacts.length),
      AccountId: lonely ? null : facts.id,
      FirstName: firstName,
      LastName: lastName,
      Title: told?.title ?? dice.pick(contactTitles),
      Email: `${asciiOf(`${firstName}.${lastName}`).toLowerCase().replaceAll(' ', '')}@${domain}`,
      Phone: `+00 555 ${String(2_000_000 + rows.contacts.length).slice(1)}`,
      OwnerId: facts.owner,
      ...stamps(created, batchStamp(created, now, dice)),
    });
  }
}

function generateEscalation({ now, dice, rows }: AccountRequest, facts: AccountFacts): void {
  const number = rows.escalations.length;
  rows.escalations.push({
    Id: recordId('Escalation__c', number),
    Name: `ESC-${String(number + 1).padStart(5, '0')}`,
    Account__c: facts.id,
    Severity__c: dice.pick(['Watch', 'Serious', 'Executive']),
    Internal_Notes__c: dice.pick(escalationNotes),
    OwnerId: facts.owner,
    ...stamps(now - dice.between(2, 40) * dayMs - dice.between(0, 86_399) * 1000),
  });
}

/** Names repeat after 32 × 19 accounts; from there on they carry a number. */
function nameOf(index: number, word: string): string {
  const total = stems.length * endings.length;
  const place = (index * 257) % total;
  const round = Math.floor(index / total);
  const made = `${stems[place % stems.length]}${endings[Math.floor(place / stems.length)]}`.replace(
    'vv',
    'v',
  );
  return `${made} ${word}${round ? ` ${round + 1}` : ''}`;
}
