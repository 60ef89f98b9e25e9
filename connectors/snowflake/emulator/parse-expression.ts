import { sqlType, type SqlType } from './sql-types.ts';
import type { Expression, Order, Query, Window } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

export interface ExpressionParser {
  expression(): Expression;
  order(): Order[];
}

/** Words that end an expression and can be no column. */
const RESERVED = new Set(
  'FROM WHERE GROUP HAVING QUALIFY ORDER LIMIT OFFSET UNION JOIN INNER CROSS NATURAL ON USING AS WHEN THEN ELSE END AND OR NOT IN IS LIKE ILIKE BETWEEN SELECT WITH CASE DISTINCT INTERSECT EXCEPT MINUS'.split(
    ' ',
  ),
);
export const isReserved = (word: string): boolean => RESERVED.has(word);

/** Expressions by their precedence, from OR down to a cast. https://docs.snowflake.com/en/sql-reference/operators */
export function createExpressionParser(reader: TokenReader, query: () => Query): ExpressionParser {
  const { symbol, isSymbol, words, isWord, need, list, take, peek, fail } = reader;

  const type = (): SqlType => {
    let name = reader.identifier();
    if (name === 'DOUBLE') words('PRECISION');
    if (name === 'TIMESTAMP' && words('WITHOUT', 'TIME', 'ZONE')) name = 'TIMESTAMP_NTZ';
    const numbers: number[] = [];
    if (symbol('(')) {
      numbers.push(...list(reader.number));
      need(symbol(')'));
    }
    return sqlType(name, numbers);
  };
  const isQuery = (): boolean => isWord('SELECT', 'WITH');
  const order = (): Order[] =>
    list(() => {
      const expression = or();
      const descending = words('DESC');
      if (!descending) words('ASC');
      // NULL is the largest value in Snowflake.
      let nullsFirst = descending;
      if (words('NULLS')) nullsFirst = words('FIRST') ? true : words('LAST') ? false : fail();
      return { expression, descending, nullsFirst };
    });
  const window = (): Window => {
    need(symbol('('));
    const partitionBy = words('PARTITION', 'BY') ? list(or) : [];
    const orderBy = words('ORDER', 'BY') ? order() : [];
    need(symbol(')'));
    return { partitionBy, orderBy };
  };
  const call = (name: string): Expression => {
    const distinct = words('DISTINCT');
    const star = symbol('*');
    const values = star || isSymbol(')') ? [] : list(or);
    need(symbol(')'));
    let within: Order[] | undefined;
    if (words('WITHIN', 'GROUP')) {
      need(symbol('(') && words('ORDER', 'BY'));
      within = order();
      need(symbol(')'));
    }
    const over = words('OVER') ? window() : undefined;
    return {
      node: 'call',
      name,
      arguments: values,
      distinct,
      star,
      ...(within ? { within } : {}),
      ...(over ? { over } : {}),
    };
  };
  const choice = (): Expression => {
    const subject = isWord('WHEN') ? undefined : or();
    const branches: { when: Expression; then: Expression }[] = [];
    while (words('WHEN')) {
      const tested = or();
      need(words('THEN'));
      const when: Expression = subject
        ? { node: 'binary', operator: '=', left: subject, right: tested }
        : tested;
      branches.push({ when, then: or() });
    }
    const otherwise = words('ELSE') ? or() : undefined;
    need(branches.length > 0 && words('END'));
    return { node: 'case', branches, otherwise };
  };
  const primary = (): Expression => {
    const token = peek();
    if (symbol('(')) {
      const inner: Expression = isQuery() ? { node: 'subquery', query: query() } : or();
      need(symbol(')'));
      return inner;
    }
    if (symbol('?')) return { node: 'bind', index: reader.nextBind() };
    if (symbol('-')) return { node: 'negate', value: postfix() };
    if (token.kind === 'string') return { node: 'literal', kind: 'text', value: take().text };
    if (token.kind === 'number') return { node: 'literal', kind: 'number', value: take().text };
    if (words('NULL')) return { node: 'literal', kind: 'null', value: '' };
    if (isWord('TRUE', 'FALSE')) return { node: 'literal', kind: 'boolean', value: take().text };
    if (words('CASE')) return choice();
    if (isWord('DATE', 'TIMESTAMP_NTZ') && peek(1).kind === 'string') {
      const as = sqlType(take().text);
      return { node: 'cast', value: { node: 'literal', kind: 'text', value: take().text }, type: as };
    }
    if (isWord('CAST') && peek(1).text === '(') {
      take();
      take();
      const value = or();
      need(words('AS'));
      const to = type();
      need(symbol(')'));
      return { node: 'cast', value, type: to };
    }
    if (isWord('EXISTS') && peek(1).text === '(') {
      take();
      take();
      const inner = query();
      need(symbol(')'));
      return { node: 'exists', query: inner };
    }
    if (token.kind === 'word' && isReserved(token.text)) return fail();
    const names = reader.path();
    if (token.kind === 'word' && names.length === 1 && symbol('(')) return call(names[0]!);
    if (names.length === 1 && ['CURRENT_TIMESTAMP', 'CURRENT_DATE'].includes(names[0]!)) {
      return { node: 'call', name: names[0]!, arguments: [], distinct: false, star: false };
    }
    return { node: 'column', path: names.slice(0, -1), name: names.at(-1)! };
  };
  const postfix = (): Expression => {
    let value = primary();
    for (;;) {
      if (symbol('::')) value = { node: 'cast', value, type: type() };
      else if (isSymbol(':', '[')) value = { node: 'path', value, steps: steps() };
      else return value;
    }
  };
  /** `:plan.seats[0]`: the names inside a VARIANT keep their case. */
  const steps = (): (string | number)[] => {
    const found: (string | number)[] = [];
    const name = (): string => {
      const { position, text, kind } = peek();
      reader.identifier();
      return kind === 'word' ? reader.between(position, position + text.length) : text;
    };
    if (symbol(':')) found.push(name());
    for (;;) {
      if (symbol('.')) found.push(name());
      else if (symbol('[')) {
        found.push(peek().kind === 'string' ? reader.text() : reader.number());
        need(symbol(']'));
      } else return found;
    }
  };
  const chain = (operators: readonly string[], below: () => Expression) => (): Expression => {
    let left = below();
    while (isSymbol(...operators)) left = { node: 'binary', operator: take().text, left, right: below() };
    return left;
  };
  const sum = chain(['+', '-', '||'], chain(['*', '/', '%'], postfix));
  const comparison = (): Expression => {
    const left = sum();
    if (isSymbol('=', '<>', '!=', '<', '<=', '>', '>='))
      return { node: 'binary', operator: take().text, left, right: sum() };
    if (words('IS')) {
      const negated = words('NOT');
      need(words('NULL'));
      return { node: 'is-null', value: left, negated };
    }
    const negated = peek().text === 'NOT' && ['IN', 'LIKE', 'ILIKE', 'BETWEEN'].includes(peek(1).text);
    if (negated) take();
    if (words('IN')) {
      need(symbol('('));
      const inside = isQuery() ? query() : list(or);
      need(symbol(')'));
      return { node: 'in', value: left, list: inside, negated };
    }
    if (words('BETWEEN')) {
      const low = sum();
      need(words('AND'));
      const within: Expression = {
        node: 'binary',
        operator: 'AND',
        left: { node: 'binary', operator: '>=', left, right: low },
        right: { node: 'binary', operator: '<=', left, right: sum() },
      };
      return negated ? { node: 'not', value: within } : within;
    }
    if (isWord('LIKE', 'ILIKE')) {
      const ignoreCase = take().text === 'ILIKE';
      return { node: 'like', value: left, pattern: sum(), ignoreCase, negated };
    }
    return left;
  };
  const not = (): Expression => (words('NOT') ? { node: 'not', value: not() } : comparison());
  const and = (): Expression => {
    let left = not();
    while (words('AND')) left = { node: 'binary', operator: 'AND', left, right: not() };
    return left;
  };
  const or = (): Expression => {
    let left = and();
    while (words('OR')) left = { node: 'binary', operator: 'OR', left, right: and() };
    return left;
  };
  return { expression: or, order };
}
