export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A value as the right side of a comparison with a field of that type, or undefined when they cannot be compared. */
export function literalOf(value: string | number | boolean, type: string): string | undefined {
  if (type === 'Edm.String' || type === 'Collection(Edm.String)') {
    return typeof value === 'string' ? quoted(value) : undefined;
  }
  if (type === 'Edm.DateTimeOffset') {
    const time = typeof value === 'string' ? Date.parse(value) : NaN;
    return Number.isNaN(time) ? undefined : new Date(time).toISOString();
  }
  if (type === 'Edm.Boolean') return typeof value === 'boolean' ? String(value) : undefined;
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

/**
 * Whether `subject` is one of the values; https://learn.microsoft.com/azure/search/search-query-odata-search-in-function
 * takes spaces and commas for delimiters unless it is told another one.
 */
export function oneOf(subject: string, values: readonly string[]): string {
  const delimiter = ['|', ';', '\t', '\u001f', '\u001e'].find(
    (one) => !values.some((value) => value.includes(one)),
  );
  return delimiter === undefined
    ? values.map((value) => `${subject} eq ${quoted(value)}`).join(' or ')
    : `search.in(${subject}, ${quoted(values.join(delimiter))}, '${delimiter}')`;
}
