import type { Story } from './story.ts';

/** A contact arrives at it in the demo's second act. */
export const sundgauPrecision: Story = {
  name: 'Sundgau Precision',
  industry: 'Manufacturing',
  city: 'Basel',
  country: 'Switzerland',
  currency: 'CHF',
  annualRevenue: 72_000_000,
  employees: 430,
  plan: 'Business',
  risk: 'Low',
  riskReason: null,
  renewalInDays: 300,
  description:
    'Maker of measuring instruments. Quality reports of every batch are released in Corvane Flow; slow dashboards delay the release.',
  contacts: [
    { firstName: 'Maren', lastName: 'Zeller', title: 'Head of Quality' },
    { firstName: 'Luca', lastName: 'Marchetti', title: 'Plant Manager' },
  ],
  opportunities: [
    {
      name: 'Sundgau Precision supplier portal',
      type: 'Expansion',
      stage: 'Proposal/Price Quote',
      amount: 66_000,
      closesInDays: 34,
      nextStep: 'Price forty supplier seats.',
      description: 'Suppliers upload their certificates themselves.',
    },
    {
      name: 'Sundgau Precision renewal',
      type: 'Renewal',
      stage: 'Closed Won',
      amount: 91_000,
      closesInDays: -65,
      nextStep: null,
      description: 'Renewed for one year.',
    },
  ],
  cases: [
    {
      subject: 'Quality dashboard takes a minute after lunch',
      type: 'Latency',
      priority: 'High',
      status: 'Working',
      createdDaysAgo: 7,
      description:
        'Every day between one and two the quality dashboard takes a full minute, and batches wait for their release.',
      resolution: null,
    },
    {
      subject: 'Release report prints without the batch number',
      type: 'Data export',
      priority: 'Medium',
      status: 'Closed',
      createdDaysAgo: 61,
      description: 'The printed release report lacks the batch number.',
      resolution: 'The print template was corrected.',
    },
  ],
  usage: { users: 210 },
};
