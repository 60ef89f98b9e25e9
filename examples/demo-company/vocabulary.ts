/** Every name is made up; addresses use the reserved `.example` domain. */
export const stems = [
  'Ald', 'Bram', 'Calv', 'Dren', 'Elk', 'Farn', 'Gald', 'Hest', 'Ilm', 'Jorv', 'Kest', 'Lund', 'Mard', 'Nesk',
  'Orl', 'Pend', 'Quen', 'Rusk', 'Sorr', 'Tarn', 'Umber', 'Vesk', 'Wend', 'Yarn', 'Zell', 'Brask', 'Corm', 'Fenn',
  'Grev', 'Holl', 'Marl', 'Thorn',
]; // prettier-ignore
export const endings = [
  'aby', 'brook', 'croft', 'dale', 'ern', 'ford', 'gate', 'holm', 'ica', 'ley', 'mere', 'ora', 'rick', 'sund',
  'ton', 'vik', 'wick', 'worth', 'ane',
]; // prettier-ignore

/** Industries with the words that close a company's name. */
export const industries = [
  { value: 'Transportation', words: ['Freight', 'Logistics', 'Lines'] },
  { value: 'Healthcare', words: ['Clinics', 'Health', 'Diagnostics'] },
  { value: 'Energy', words: ['Energy', 'Grid', 'Renewables'] },
  { value: 'Manufacturing', words: ['Precision', 'Works', 'Castings'] },
  { value: 'Insurance', words: ['Insurance', 'Mutual', 'Assurance'] },
  { value: 'Education', words: ['Schools', 'Academy', 'Institute'] },
  { value: 'Retail', words: ['Stores', 'Outfitters', 'Markets'] },
  { value: 'Food & Beverage', words: ['Foods', 'Dairies', 'Provisions'] },
  { value: 'Technology', words: ['Systems', 'Robotics', 'Networks'] },
  { value: 'Hospitality', words: ['Hotels', 'Resorts', 'Catering'] },
] as const;

export const places = [
  { city: 'Rotterdam', country: 'Netherlands', currency: 'EUR' },
  { city: 'Lyon', country: 'France', currency: 'EUR' },
  { city: 'Hamburg', country: 'Germany', currency: 'EUR' },
  { city: 'Graz', country: 'Austria', currency: 'EUR' },
  { city: 'Bilbao', country: 'Spain', currency: 'EUR' },
  { city: 'Leeds', country: 'United Kingdom', currency: 'GBP' },
  { city: 'Bristol', country: 'United Kingdom', currency: 'GBP' },
  { city: 'Columbus', country: 'United States', currency: 'USD' },
  { city: 'Portland', country: 'United States', currency: 'USD' },
  { city: 'Denver', country: 'United States', currency: 'USD' },
  { city: 'Halifax', country: 'Canada', currency: 'CAD' },
  { city: 'Basel', country: 'Switzerland', currency: 'CHF' },
] as const;

export const firstNames = [
  'Amara', 'Anton', 'Beatriz', 'Ciarán', 'Daria', 'Elif', 'Emre', 'Femke', 'Gustav', 'Hana', 'Ibrahim', 'Ines',
  'Jonas', 'Katarzyna', 'Leila', 'Luca', 'Maren', 'Mei', 'Nadia', 'Noah', 'Olivia', 'Priya', 'Rafael', 'Rosa',
  'Samir', 'Sofie', 'Thandiwe', 'Tomás', 'Viktor', 'Yara', 'Zoë', 'Øystein',
]; // prettier-ignore
export const lastNames = [
  'Abadi', 'Bergström', 'Castellan', 'Dijkstra', 'Eriksen', 'Faulkner', 'Grabowski', 'Haddad', 'Iwata', 'Jansen',
  'Kowalczyk', 'Lindqvist', 'Marchetti', 'Nakagawa', "O'Dowd", 'Petrov', 'Quintero', 'Rao', 'Sørensen', 'Tanaka',
  'Ueda', 'Varga', 'Whitlock', 'Xu', 'Yilmaz', 'Zeller', 'Mbeki', 'Novák', 'Almeida', 'Fischer',
]; // prettier-ignore
export const contactTitles = [
  'Head of Operations', 'IT Director', 'Chief Financial Officer', 'Platform Engineer', 'Data Lead',
  'Procurement Manager', 'Security Officer', 'Head of Reporting', 'Programme Manager', 'Business Analyst',
]; // prettier-ignore

/** Our own people: account owners. */
export const owners = [
  { name: 'Ingrid Vasser', title: 'Enterprise Account Executive' },
  { name: 'Marcus Oyelaran', title: 'Customer Success Manager' },
  { name: 'Chiara Bellandi', title: 'Account Executive' },
  { name: 'Pavel Horák', title: 'Enterprise Account Executive' },
  { name: 'Aoife Brennan', title: 'Customer Success Manager' },
  { name: 'Daniel Kimura', title: 'Account Executive' },
  { name: 'Selma Lindgren', title: 'Renewals Manager' },
  { name: 'Joaquín Prado', title: 'Account Executive' },
] as const;

export const openStages = [
  { name: 'Qualification', probability: 10 },
  { name: 'Needs Analysis', probability: 25 },
  { name: 'Proposal/Price Quote', probability: 60 },
  { name: 'Negotiation/Review', probability: 80 },
] as const;

export const nextSteps = [
  'Send the revised order form.',
  'Walk their security officer through the audit report.',
  'Agree the roll-out plan with the project lead.',
  'Price the second region.',
  'Meet procurement on the payment terms.',
  'Show the pilot results to the steering group.',
];
