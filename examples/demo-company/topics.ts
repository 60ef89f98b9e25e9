/** What customers write to support about. Each topic has its own words, so that a question can find it. */
export interface Topic {
  readonly type: string;
  readonly subjects: readonly string[];
  readonly symptoms: readonly string[];
  readonly details: readonly string[];
  readonly resolutions: readonly string[];
}

export const topics: readonly Topic[] = [
  {
    type: 'Data export',
    subjects: [
      'CSV export stops after the first million rows',
      'Nightly export job ends without a file',
      'Exported dates arrive in the wrong time zone',
    ],
    symptoms: [
      'The nightly export to our storage bucket ends with status "finished" but writes no file.',
      'Exports of more than a million rows are cut off without any warning.',
      'Since the last release every exported date is shifted by some hours.',
    ],
    details: [
      'Smaller exports of the same report work.',
      'The bucket policy has not changed, and a test upload with the same key succeeds.',
      'Our finance team loads the file by hand until this works again.',
    ],
    resolutions: [
      'The export worker now splits large results into parts and reports each part.',
      'The time zone of the workspace is used for exported dates again.',
    ],
  },
  {
    type: 'Single sign-on',
    subjects: [
      'Sign-in loop after switching the identity provider',
      'New colleagues are not provisioned through SCIM',
      'Single sign-on fails with "audience mismatch"',
    ],
    symptoms: [
      'After entering their password people land on the sign-in page again.',
      'People added to the group in our directory do not appear in the workspace.',
      'The SAML response is refused with "audience mismatch".',
    ],
    details: [
      'It started when we moved to another identity provider tenant.',
      'Password sign-in for administrators still works.',
      'The certificate was renewed last week.',
    ],
    resolutions: [
      'The entity id in the identity provider had a trailing slash; removing it solved the problem.',
      'The SCIM token had expired and was replaced.',
    ],
  },
  {
    type: 'Billing',
    subjects: [
      'Invoice shows seats that were removed',
      'Value added tax number missing on the invoice',
      'Overage charge is not explained',
    ],
    symptoms: [
      'The last invoice still lists seats that we removed before the period began.',
      'Our tax number is missing, so accounting refuses to book the invoice.',
      'The invoice has an overage charge for API calls that we cannot follow.',
    ],
    details: [
      'Please send a corrected invoice before the due date.',
      'Our own count comes to a lower figure.',
      'The contract names a fixed price for the first year.',
    ],
    resolutions: [
      'A corrected invoice was issued.',
      'The overage was explained with a daily breakdown and accepted.',
    ],
  },
  {
    type: 'Latency',
    subjects: [
      'Dashboards take more than twenty seconds to load',
      'Webhooks arrive minutes late',
      'API responses slow down every morning',
    ],
    symptoms: [
      'Between eight and nine in the morning each dashboard takes more than twenty seconds.',
      'Webhooks for approvals arrive several minutes after the event.',
      'The 95th percentile of our API calls has tripled since Monday.',
    ],
    details: [
      'We see it from all our offices.',
      'Our own network shows no loss and no delay.',
      'The status page is green all the time.',
    ],
    resolutions: [
      'A query without an index was found and fixed; load times are back to two seconds.',
      'The workspace was moved to a larger queue.',
    ],
  },
  {
    type: 'Permissions',
    subjects: [
      'Approvers cannot see attachments',
      'Shared folder visible to the wrong team',
      'Read-only role can edit forms',
    ],
    symptoms: [
      'People with the approver role see the request but not its attachments.',
      'A folder shared with finance appears for the whole company.',
      'A user with the read-only role could change a form.',
    ],
    details: [
      'The role was copied from the standard template.',
      'It happens in the production workspace only.',
      'We removed the sharing for now.',
    ],
    resolutions: [
      'The copied role lacked the attachment permission; the template has been corrected.',
      'The folder inherited the sharing of its parent; the parent was changed.',
    ],
  },
  {
    type: 'Integration',
    subjects: [
      'Connector to the accounting system reports duplicate postings',
      'Rate limit reached during month end',
      'Webhook signature check fails after key rotation',
    ],
    symptoms: [
      'Some approved requests are posted twice to the accounting system.',
      'At month end our integration receives status 429 for an hour.',
      'After rotating the signing key our endpoint refuses every webhook.',
    ],
    details: [
      'The same request id appears in both postings.',
      'We already spread the calls over the night.',
      'The old key was removed as the guide says.',
    ],
    resolutions: [
      'The connector now sends an idempotency key.',
      'The limit was raised for the last three days of the month.',
    ],
  },
];

export const caseAsks = [
  'When can we expect a fix?',
  'Is there a way around it?',
  'Please tell us what you need from us.',
  'This blocks one of our teams.',
];

export const accountDescriptions = [
  'Uses Corvane Flow for purchase approvals and contract reviews.',
  'Runs its onboarding of suppliers on Corvane Flow.',
  'Moved travel requests and expenses to Corvane Flow last year.',
  'Uses Corvane Flow in one division and plans to extend it to the others.',
  'Replaced a set of spreadsheets by Corvane Flow for quality reports.',
];

export const riskReasons = {
  High: [
    'Their sponsor has left, and nobody has used the reports for a month.',
    'A competitor offered a lower price, and procurement asked for a benchmark.',
    'Three support cases of the last quarter took longer than agreed.',
  ],
  Medium: [
    'Budget for next year is not confirmed yet.',
    'Use has been flat since the first roll-out.',
    'Waiting for single sign-on with their second directory.',
  ],
} as const;

export const escalationNotes = [
  'Spoke with their management. Do not promise a date before engineering has confirmed it.',
  'Credit of one month was offered by us and is not to be repeated in writing.',
  'Their own network is the likely cause; say so only with the trace in hand.',
];
