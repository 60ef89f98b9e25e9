import { invalidExpression, Refusal } from './refusal.ts';

export type Literal = string | number | boolean | null | { readonly instant: string };
/** A filter expression: https://learn.microsoft.com/azure/search/search-query-odata-syntax-reference */
export type FilterExpression =
  | { readonly kind: 'and' | 'or'; readonly left: FilterExpression; readonly right: FilterExpression }
  | { readonly kind: 'not'; readonly operand: FilterExpression }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly path: string;
      readonly value: Literal;
    }
  | { readonly kind: 'flag'; readonly path: string }
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly string[] }
  | {
      readonly kind: 'any' | 'all';
      readonly path: string;
      readonly variable?: string;
      readonly body?: FilterExpression;
    };
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

interface Token {
  readonly type: 'name' | 'string' | 'number' | 'instant' | 'symbol' | 'end';
  readonly text: string;
  /** Where it ends in the text. */
  readonly end: number;
}

const patterns: readonly (readonly [Token['type'] | 'space', RegExp])[] = [
  ['space', /^\s+/],
  ['string', /^'((?:[^']|'')*)'/],
  ['instant', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})/],
  ['number', /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/],
  ['name', /^[A-Za-z_][\w.]*/],
  ['symbol', /^[(),:/]/],
];
const comparisons: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const mirrored: Readonly<Record<string, Comparison>> = { gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' };

const fail = (message: string): Error => invalidExpression(message, '$filter');
const syntaxError = (position: number, text: string): Error =>
  new Refusal(
    400,
    '',
    `Invalid expression: Syntax error at position ${position} in '${text}'.\r\nParameter name: $filter`,
  );

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text;
  while (rest.length > 0) {
    const hit = patterns
      .map(([type, pattern]) => ({ type, match: pattern.exec(rest) }))
      .find((one) => one.match);
    if (!hit?.match) throw syntaxError(text.length - rest.length, text);
    rest = rest.slice(hit.match[0].length);
    if (hit.type === 'space') continue;
    tokens.push({
      type: hit.type,
      text: hit.type === 'string' ? hit.match[1]!.replaceAll("''", "'") : hit.match[0],
      end: text.length - rest.length,
    });
  }
  return [...tokens, { type: 'end', text: '', end: text.length }];
}

/** `not` binds tighter than a comparison, a comparison tighter than `and`, `and` tighter than `or`. */
export function parseFilter(text: string): FilterExpression {
  const tokens = tokenise(text);
  let at = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const next = (): Token => tokens[Math.min(at++, tokens.length - 1)]!;
  const isWord = (word: string): boolean => peek().type === 'name' && peek().text === word;
  const isSymbol = (symbol: string, ahead = 0): boolean =>
    peek(ahead).type === 'symbol' && peek(ahead).text === symbol;
  const expect = (symbol: string): void => {
    if (!isSymbol(symbol)) throw fail(`'${symbol}' was expected before '${peek().text}' in '${text}'.`);
    next();
  };

  const either = (): FilterExpression => {
    let left = both();
    while (isWord('or')) {
      next();
      left = { kind: 'or', left, right: both() };
    }
    return left;
  };
  const both = (): FilterExpression => {
    let left = unary();
    while (isWord('and')) {
      next();
      left = { kind: 'and', left, right: unary() };
    }
    return left;
  };
  const unary = (): FilterExpression => {
    if (!isWord('not')) return primary(true);
    next();
    const operand = isWord('not') ? unary() : primary(false);
    if (comparisons.includes(peek().text)) {
      throw fail(
        `A unary operator with an incompatible type was detected: 'not' needs parentheses in '${text}'.`,
      );
    }
    return { kind: 'not', operand };
  };
  const primary = (comparable: boolean): FilterExpression => {
    if (isSymbol('(')) {
      next();
      const inner = either();
      expect(')');
      return inner;
    }
    if (isWord('search.in')) return searchIn();
    if (peek().type === 'name' && isSymbol('(', 1)) throw fail(`Unknown function '${peek().text}'.`);
    if (peek().type === 'name' && !isLiteralWord(peek().text)) return withPath(comparable);
    const value = literal();
    if (!comparisons.includes(peek().text)) {
      if (typeof value === 'boolean') return { kind: 'constant', value };
      throw fail(`A comparison was expected after '${String(value)}' in '${text}'.`);
    }
    const operator = next().text as Comparison;
    return { kind: 'compare', operator: mirrored[operator] ?? operator, path: next().text, value };
  };
  const withPath = (comparable: boolean): FilterExpression => {
    const path = next().text;
    if (isSymbol('/')) {
      next();
      return lambda(path);
    }
    if (!comparable || !comparisons.includes(peek().text)) return { kind: 'flag', path };
    return { kind: 'compare', operator: next().text as Comparison, path, value: literal() };
  };
  const lambda = (path: string): FilterExpression => {
    const word = next().text;
    if (word !== 'any' && word !== 'all') throw fail(`'${path}/${word}' is not a field or a lambda.`);
    expect('(');
    if (isSymbol(')')) {
      next();
      if (word === 'all') throw fail(`'all' needs a condition.`);
      return { kind: 'any', path };
    }
    const variable = next().text;
    expect(':');
    const body = either();
    expect(')');
    return { kind: word, path, variable, body };
  };
  const searchIn = (): FilterExpression => {
    next();
    expect('(');
    const path = next().text;
    expect(',');
    const list = next();
    let delimiters = ' ,';
    if (isSymbol(',')) {
      next();
      delimiters = next().text;
    }
    expect(')');
    if (list.type !== 'string') throw fail(`search.in needs a string of values.`);
    return { kind: 'in', path, values: split(list.text, delimiters) };
  };
  const literal = (): Literal => {
    const token = next();
    if (token.type === 'string') return token.text;
    if (token.type === 'number') return Number(token.text);
    if (token.type === 'instant') return { instant: token.text };
    if (token.text === 'null') return null;
    if (token.text === 'true' || token.text === 'false') return token.text === 'true';
    throw fail(`A literal was expected before '${token.text}' in '${text}'.`);
  };

  const expression = either();
  if (peek().type !== 'end') throw syntaxError(peek().end, text);
  return expression;
}

const isLiteralWord = (word: string): boolean => ['true', 'false', 'null'].includes(word);

/** Every character of the third argument is a delimiter; without it, space and comma are. */
function split(list: string, delimiters: string): string[] {
  const values: string[] = [''];
  for (const character of list) {
    if (delimiters.includes(character)) values.push('');
    else values[values.length - 1] += character;
  }
  return values.filter((value) => value !== '');
}
