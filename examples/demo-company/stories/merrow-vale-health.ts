import type { Story } from './story.ts';

/** Its expansion is won in the demo's second act. */
export const merrowValeHealth: Story = {
  name: 'Merrow Vale Health',
  industry: 'Healthcare',
  city: 'Leeds',
  country: 'United Kingdom',
  currency: 'GBP',
  annualRevenue: 96_500_000,
  employees: 2100,
  plan: 'Enterprise',
  risk: 'Low',
  riskReason: null,
  renewalInDays: 210,
  description:
    'Group of eleven clinics. Nurses confirm shift hand-overs in Corvane Flow and sign in with hospital badges through single sign-on.',
  contacts: [
    { firstName: 'Olivia', lastName: 'Whitlock', title: 'Director of Nursing' },
    { firstName: 'Samir', lastName: 'Rao', title: 'Identity and Access Lead' },
  ],
  opportunities: [
    {
      name: 'Merrow Vale Health three more clinics',
      type: 'Expansion',
      stage: 'Negotiation/Review',
      amount: 84_500,
      closesInDays: 9,
      nextStep: 'Countersign the order form.',
      description: 'Three clinics join the hand-over process.',
    },
    {
      name: 'Merrow Vale Health renewal',
      type: 'Renewal',
      stage: 'Qualification',
      amount: 226_000,
      closesInDays: 210,
      nextStep: null,
      description: 'Renewal for two years at the present price.',
    },
  ],
  cases: [
    {
      subject: 'Nurses locked out after certificate rotation',
      type: 'Single sign-on',
      priority: 'Critical',
      status: 'Closed',
      createdDaysAgo: 33,
      description:
        'Since the signing certificate of our identity provider was rotated, nurses cannot sign in with their badges.',
      resolution: 'The new certificate was imported; both certificates are now accepted during a rotation.',
    },
  ],
  usage: { users: 1480 },
};
