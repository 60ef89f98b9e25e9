import type { Story } from './story.ts';

/** Its use has fallen to a third; a month of usage is added in the demo's second act. */
export const larkhavenSchools: Story = {
  name: 'Larkhaven Schools',
  industry: 'Education',
  city: 'Portland',
  country: 'United States',
  currency: 'USD',
  annualRevenue: 38_000_000,
  employees: 690,
  plan: 'Standard',
  risk: 'High',
  riskReason: 'Active users fell to a third after the programme manager who brought us in had left.',
  renewalInDays: 75,
  description: 'Nine schools that approve excursions and purchases in Corvane Flow.',
  contacts: [{ firstName: 'Rosa', lastName: 'Castellan', title: 'Programme Manager' }],
  opportunities: [
    {
      name: 'Larkhaven Schools renewal',
      type: 'Renewal',
      stage: 'Needs Analysis',
      amount: 27_000,
      closesInDays: 75,
      nextStep: 'Find a new sponsor among the head teachers.',
      description: 'Renewal at risk because hardly anybody signs in any more.',
    },
  ],
  cases: [
    {
      subject: 'How do we move the workspace to a new administrator?',
      type: 'Permissions',
      priority: 'Medium',
      status: 'Closed',
      createdDaysAgo: 54,
      description: 'Our programme manager has left. Who can make somebody else the administrator?',
      resolution: 'The deputy was made administrator after the head teacher had confirmed it in writing.',
    },
  ],
  usage: { users: 240, falls: true },
};
