import type { Story } from './story.ts';

/** Asked about in the demo: the only customer whose customs declarations fail to be exported. */
export const aldermoorFreight: Story = {
  name: 'Aldermoor Freight',
  industry: 'Transportation',
  city: 'Rotterdam',
  country: 'Netherlands',
  currency: 'EUR',
  annualRevenue: 184_000_000,
  employees: 1240,
  plan: 'Enterprise',
  risk: 'High',
  riskReason:
    'Scheduled exports of customs declarations keep failing; the customer will not renew before they run for a full month.',
  renewalInDays: 46,
  description:
    'Freight forwarder with terminals in three ports. Sends customs declarations through Corvane Flow and exports them every night for the authorities.',
  contacts: [
    { firstName: 'Femke', lastName: 'van Rossum', title: 'Chief Operating Officer' },
    { firstName: 'Idris', lastName: 'Bakker', title: 'Customs Manager' },
    { firstName: 'Noor', lastName: 'Haverkamp', title: 'IT Director' },
  ],
  opportunities: [
    {
      name: 'Aldermoor Freight renewal',
      type: 'Renewal',
      stage: 'Negotiation/Review',
      amount: 312_000,
      closesInDays: 46,
      nextStep: 'Show thirty nights of customs exports without a failure.',
      description:
        'Renewal at risk: the export of customs declarations keeps failing, and Aldermoor Freight is looking at a competitor.',
    },
    {
      name: 'Aldermoor Freight second terminal',
      type: 'Expansion',
      stage: 'Qualification',
      amount: 58_000,
      closesInDays: 160,
      nextStep: null,
      description: 'Seats for the second terminal. On hold until the exports are stable.',
    },
  ],
  cases: [
    {
      subject: 'Customs declarations export failing again',
      type: 'Data export',
      priority: 'Critical',
      status: 'Escalated',
      createdDaysAgo: 4,
      description:
        'The scheduled export of customs declarations is failing for the fifth night in a row. Without the file the authorities hold our containers.\n\nWe need the export or a manual file before six in the morning.',
      resolution: null,
    },
    {
      subject: 'Customs export file incomplete',
      type: 'Data export',
      priority: 'High',
      status: 'Working',
      createdDaysAgo: 19,
      description:
        'The customs declarations of Saturday are missing from the exported file. The job log says "finished".',
      resolution: null,
    },
    {
      subject: 'Scheduled export of declarations times out',
      type: 'Data export',
      priority: 'High',
      status: 'Closed',
      createdDaysAgo: 41,
      description: 'The scheduled export of customs declarations times out after an hour.',
      resolution: 'The time limit was raised. The customer asks for a lasting repair.',
    },
    {
      subject: 'Certificate for the export bucket expires',
      type: 'Data export',
      priority: 'Medium',
      status: 'Closed',
      createdDaysAgo: 88,
      description: 'Please install the new certificate for our export bucket.',
      resolution: 'The certificate was replaced.',
    },
    {
      subject: 'Terminal staff need a read-only role',
      type: 'Permissions',
      priority: 'Low',
      status: 'Closed',
      createdDaysAgo: 132,
      description: 'Terminal staff should see declarations without being able to change them.',
      resolution: 'A read-only role was set up.',
    },
    {
      subject: 'Question about the terms of support',
      type: 'Billing',
      priority: 'Low',
      status: 'Closed',
      createdDaysAgo: 240,
      description: 'Does our plan include support at night?',
      resolution: 'Yes: the Enterprise plan includes it.',
    },
  ],
  usage: { users: 410 },
};
