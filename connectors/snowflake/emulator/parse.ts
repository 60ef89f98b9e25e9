import { syntaxError, unsupported } from './sql-error.ts';
import { sqlType, type SqlType } from './sql-types.ts';
import { tokenize, type Token } from './tokens.ts';

export type Expression =
  | {
      readonly node: 'literal';
      readonly kind: 'text' | 'number' | 'boolean' | 'null';
      readonly value: string;
    }
  | { readonly node: 'bind'; readonly index: number }
  | { readonly node: 'column'; readonly name: string }
  | {
      readonly node: 'call';
      readonly name: string;
      readonly arguments: readonly Expression[];
      readonly distinct: boolean;
      readonly star: boolean;
    }
  | { readonly node: 'cast'; readonly value: Expression; readonly type: SqlType }
  | {
      readonly node: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly node: 'not'; readonly value: Expression }
  | { readonly node: 'negate'; readonly value: Expression }
  | { readonly node: 'is-null'; readonly value: Expression; readonly negated: boolean }
  | { readonly node: 'in'; readonly value: Expression; readonly list: readonly Expression[] };

export interface Select {
  readonly statement: 'select';
  readonly distinct: boolean;
  readonly items: readonly { readonly expression: Expression; readonly name: string }[];
  readonly from?: { readonly path: readonly string[]; readonly at?: Expression };
  readonly where?: Expression;
  readonly orderBy: readonly { readonly expression: Expression; readonly descending: boolean }[];
  readonly limit?: number;
}
export type Statement =
  | Select
  | {
      readonly statement: 'show';
      readonly what: 'PRIMARY KEYS' | 'TABLES';
      readonly scope: 'SCHEMA' | 'TABLE';
      readonly path: readonly string[];
    }
  | {
      readonly statement: 'use';
      readonly what: 'WAREHOUSE' | 'ROLE' | 'SECONDARY ROLES';
      readonly name: string;
    };

/** Parses the statements that the connector sends and their near relatives; refuses all others. */
export function parse(sql: string): Statement {
  const tokens = tokenize(sql);
  let at = 0;
  let binds = 0;
  const peek = (): Token => tokens[at]!;
  const take = (): Token => tokens[at++]!;
  const fail = (): never => {
    throw syntaxError(peek().position, peek().text);
  };
  const isWord = (...words: string[]): boolean => peek().kind === 'word' && words.includes(peek().text);
  const isSymbol = (...symbols: string[]): boolean =>
    peek().kind === 'symbol' && symbols.includes(peek().text);
  const word = (text: string): boolean => (isWord(text) ? (at++, true) : false);
  const symbol = (text: string): boolean => (isSymbol(text) ? (at++, true) : false);
  const need = (accepted: boolean): void => void (accepted || fail());
  const identifier = (): string =>
    peek().kind === 'word' || peek().kind === 'quoted' ? take().text : fail();
  const path = (): string[] => {
    const names = [identifier()];
    while (symbol('.')) names.push(identifier());
    return names;
  };
  const list = <T>(one: () => T): T[] => {
    const all = [one()];
    while (symbol(',')) all.push(one());
    return all;
  };

  const type = (): SqlType => {
    const name = identifier();
    const numbers: number[] = [];
    if (symbol('(')) {
      numbers.push(...list(() => (peek().kind === 'number' ? Number(take().text) : fail())));
      need(symbol(')'));
    }
    return sqlType(name, numbers);
  };
  const primary = (): Expression => {
    const token = peek();
    if (symbol('(')) {
      const inner = or();
      need(symbol(')'));
      return inner;
    }
    if (symbol('?')) return { node: 'bind', index: ++binds };
    if (symbol('-')) return { node: 'negate', value: postfix() };
    if (token.kind === 'string') return { node: 'literal', kind: 'text', value: take().text };
    if (token.kind === 'number') return { node: 'literal', kind: 'number', value: take().text };
    if (word('NULL')) return { node: 'literal', kind: 'null', value: '' };
    if (isWord('TRUE', 'FALSE')) return { node: 'literal', kind: 'boolean', value: take().text };
    if (token.kind !== 'word' && token.kind !== 'quoted') return fail();
    const names = path();
    if (token.kind === 'word' && names.length === 1 && symbol('(')) {
      const distinct = word('DISTINCT');
      const star = symbol('*');
      const values = star || isSymbol(')') ? [] : list(or);
      need(symbol(')'));
      return { node: 'call', name: names[0]!, arguments: values, distinct, star };
    }
    return { node: 'column', name: names.at(-1)! };
  };
  const postfix = (): Expression => {
    let value = primary();
    while (symbol('::')) value = { node: 'cast', value, type: type() };
    return value;
  };
  const comparison = (): Expression => {
    let left = postfix();
    while (isSymbol('-', '+')) left = { node: 'binary', operator: take().text, left, right: postfix() };
    if (isSymbol('=', '<>', '!=', '<', '<=', '>', '>='))
      return { node: 'binary', operator: take().text, left, right: postfix() };
    if (word('IS')) {
      const negated = word('NOT');
      need(word('NULL'));
      return { node: 'is-null', value: left, negated };
    }
    if (word('IN')) {
      need(symbol('('));
      const values = list(or);
      need(symbol(')'));
      return { node: 'in', value: left, list: values };
    }
    return left;
  };
  const not = (): Expression => (word('NOT') ? { node: 'not', value: not() } : comparison());
  const and = (): Expression => {
    let left = not();
    while (word('AND')) left = { node: 'binary', operator: 'AND', left, right: not() };
    return left;
  };
  const or = (): Expression => {
    let left = and();
    while (word('OR')) left = { node: 'binary', operator: 'OR', left, right: and() };
    return left;
  };

  const select = (): Select => {
    const distinct = word('DISTINCT');
    const items = list(() => {
      const from = peek().position;
      const expression = or();
      const written = sql.slice(from, peek().position).trim();
      const named = word('AS');
      const name = named
        ? identifier()
        : expression.node === 'column'
          ? expression.name
          : written.toUpperCase();
      return { expression, name };
    });
    let from: Select['from'];
    if (word('FROM')) {
      const table = path();
      if (word('AT')) {
        need(symbol('(') && word('TIMESTAMP') && symbol('=>'));
        from = { path: table, at: or() };
        need(symbol(')'));
      } else from = { path: table };
    }
    const where = word('WHERE') ? or() : undefined;
    if (isWord('GROUP', 'HAVING', 'QUALIFY', 'JOIN', 'UNION')) throw unsupported(peek().text);
    const orderBy: { expression: Expression; descending: boolean }[] = [];
    if (word('ORDER')) {
      need(word('BY'));
      orderBy.push(
        ...list(() => {
          const expression = or();
          const descending = word('DESC');
          if (!descending) word('ASC');
          return { expression, descending };
        }),
      );
    }
    let limit: number | undefined;
    if (word('LIMIT')) limit = peek().kind === 'number' ? Number(take().text) : fail();
    return {
      statement: 'select',
      distinct,
      items,
      orderBy,
      ...(from ? { from } : {}),
      ...(where ? { where } : {}),
      ...(limit === undefined ? {} : { limit }),
    };
  };
  const show = (): Statement => {
    const what = word('TABLES') ? 'TABLES' : word('PRIMARY') && word('KEYS') ? 'PRIMARY KEYS' : fail();
    need(word('IN'));
    const scope = word('SCHEMA') ? 'SCHEMA' : word('TABLE') ? 'TABLE' : fail();
    return { statement: 'show', what, scope, path: path() };
  };
  const use = (): Statement => {
    if (word('SECONDARY')) {
      need(word('ROLES'));
      return {
        statement: 'use',
        what: 'SECONDARY ROLES',
        name: isWord('NONE', 'ALL') ? take().text : fail(),
      };
    }
    const what = word('WAREHOUSE') ? 'WAREHOUSE' : word('ROLE') ? 'ROLE' : fail();
    return { statement: 'use', what, name: identifier() };
  };

  const statement = word('SELECT') ? select() : word('SHOW') ? show() : word('USE') ? use() : fail();
  symbol(';');
  if (peek().kind !== 'end') fail();
  return statement;
}
