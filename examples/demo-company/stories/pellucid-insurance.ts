import type { Story } from './story.ts';

/** One of its cases is deleted in the demo's second act. */
export const pellucidInsurance: Story = {
  name: 'Pellucid Insurance',
  industry: 'Insurance',
  city: 'Columbus',
  country: 'United States',
  currency: 'USD',
  annualRevenue: 650_000_000,
  employees: 3400,
  plan: 'Enterprise',
  risk: 'Low',
  riskReason: null,
  renewalInDays: 170,
  description:
    'Insurer of small businesses. Claims above a threshold pass through Corvane Flow; auditors ask for data residency and a record of every approval.',
  contacts: [
    { firstName: 'Thandiwe', lastName: 'Mbeki', title: 'Security Officer' },
    { firstName: 'Noah', lastName: 'Faulkner', title: 'Head of Claims' },
  ],
  opportunities: [
    {
      name: 'Pellucid Insurance audit archive',
      type: 'Expansion',
      stage: 'Needs Analysis',
      amount: 120_000,
      closesInDays: 95,
      nextStep: 'Answer the questionnaire about data residency.',
      description: 'An archive of approvals that auditors can read for ten years.',
    },
  ],
  cases: [
    {
      subject: 'Test case, please ignore',
      type: 'Integration',
      priority: 'Low',
      status: 'New',
      createdDaysAgo: 2,
      description: 'Opened by our new colleague to try the support form.',
      resolution: null,
    },
    {
      subject: 'Which region keeps the attachments of claims?',
      type: 'Permissions',
      priority: 'Medium',
      status: 'Closed',
      createdDaysAgo: 26,
      description: 'Our auditors ask in which region the attachments of claims are kept, and for how long.',
      resolution: 'Attachments stay in the region of the workspace; the statement was sent to the auditors.',
    },
  ],
  usage: { users: 960 },
};
