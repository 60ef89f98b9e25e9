/** A customer written by hand. Days count from now. */
export interface Story {
  readonly name: string;
  readonly industry: string;
  readonly city: string;
  readonly country: string;
  readonly currency: string;
  readonly annualRevenue: number;
  readonly employees: number;
  readonly plan: 'Standard' | 'Business' | 'Enterprise';
  readonly risk: 'Low' | 'Medium' | 'High';
  readonly riskReason: string | null;
  readonly renewalInDays: number;
  readonly description: string;
  readonly contacts: readonly {
    readonly firstName: string;
    readonly lastName: string;
    readonly title: string;
  }[];
  readonly opportunities: readonly StoryOpportunity[];
  readonly cases: readonly StoryCase[];
  /** Shape of the monthly active users: a steady number, or one that falls to a third. */
  readonly usage: { readonly users: number; readonly falls?: boolean };
  readonly disputedInvoice?: boolean;
}
export interface StoryOpportunity {
  readonly name: string;
  readonly type: 'Renewal' | 'Expansion';
  readonly stage: string;
  readonly amount: number;
  readonly closesInDays: number;
  readonly nextStep: string | null;
  readonly description: string;
}
export interface StoryCase {
  readonly subject: string;
  readonly type: string;
  readonly priority: 'Low' | 'Medium' | 'High' | 'Critical';
  readonly status: 'New' | 'Working' | 'Escalated' | 'Closed';
  readonly createdDaysAgo: number;
  readonly description: string;
  readonly resolution: string | null;
}
