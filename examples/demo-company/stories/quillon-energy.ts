import type { Story } from './story.ts';

/** A contact leaves it in the demo's second act. */
export const quillonEnergy: Story = {
  name: 'Quillon Energy',
  industry: 'Energy',
  city: 'Bilbao',
  country: 'Spain',
  currency: 'EUR',
  annualRevenue: 410_000_000,
  employees: 880,
  plan: 'Business',
  risk: 'Medium',
  riskReason: 'Disputes two invoices for storage and pays nothing until they are corrected.',
  renewalInDays: 120,
  description:
    'Operator of wind farms. Maintenance crews file inspections with photographs in Corvane Flow, which makes it the largest user of storage.',
  contacts: [
    { firstName: 'Beatriz', lastName: 'Almeida', title: 'Chief Financial Officer' },
    { firstName: 'Tomás', lastName: 'Quintero', title: 'Head of Maintenance' },
  ],
  opportunities: [
    {
      name: 'Quillon Energy renewal',
      type: 'Renewal',
      stage: 'Needs Analysis',
      amount: 148_000,
      closesInDays: 120,
      nextStep: 'Settle the storage invoices first.',
      description: 'The renewal waits for the end of the dispute about storage charges.',
    },
    {
      name: 'Quillon Energy offline inspections',
      type: 'Expansion',
      stage: 'Closed Lost',
      amount: 39_000,
      closesInDays: -70,
      nextStep: null,
      description: 'Offline inspections for offshore crews. Lost: the feature came too late.',
    },
  ],
  cases: [
    {
      subject: 'Storage charged twice on two invoices',
      type: 'Billing',
      priority: 'High',
      status: 'Working',
      createdDaysAgo: 12,
      description:
        'Two invoices charge the storage of inspection photographs twice, once per farm and once in total. We dispute both.',
      resolution: null,
    },
    {
      subject: 'Photographs older than a year cannot be archived',
      type: 'Data export',
      priority: 'Medium',
      status: 'Closed',
      createdDaysAgo: 95,
      description: 'Archiving photographs older than a year ends with "nothing to do".',
      resolution: 'The retention rule was set to two years; it is one year now.',
    },
  ],
  usage: { users: 320 },
  disputedInvoice: true,
};
