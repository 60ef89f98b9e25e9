import { createExpressionParser, isReserved } from './parse-expression.ts';
import { unsupported } from './sql-error.ts';
import type { Core, From, Item, Order, Query } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

const JOINS = ['JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS'];

/** Parses a SELECT with its WITH clause, unions, order and limit. https://docs.snowflake.com/en/sql-reference/sql/select */
export function parseQuery(reader: TokenReader): Query {
  const { symbol, words, isWord, need, list, identifier, peek, fail } = reader;
  const { expression, order } = createExpressionParser(reader, () => query());

  const alias = (): string | undefined => {
    if (words('AS')) return identifier();
    const { kind, text } = peek();
    if (kind === 'quoted') return identifier();
    if (kind !== 'word' || isReserved(text) || JOINS.includes(text)) return undefined;
    return ['AT', 'CHANGES', 'OVER'].includes(text) ? undefined : identifier();
  };
  const item = (): Item => {
    if (symbol('*')) return { item: 'star', of: undefined };
    if (peek(1).text === '.' && peek(2).text === '*' && peek(2).kind === 'symbol') {
      const of = identifier();
      need(symbol('.') && symbol('*'));
      return { item: 'star', of };
    }
    const from = peek().position;
    const value = expression();
    const written = reader.between(from, peek().position);
    const name = alias() ?? (value.node === 'column' ? value.name : written.toUpperCase());
    return { item: 'expression', expression: value, name };
  };
  const instant = (): ReturnType<typeof expression> => {
    need(symbol('(') && words('TIMESTAMP') && symbol('=>'));
    const value = expression();
    need(symbol(')'));
    return value;
  };
  const table = (): From => {
    if (symbol('(')) {
      const inner = query();
      need(symbol(')'));
      return { from: 'query', query: inner, alias: alias() };
    }
    if (isWord('TABLE') && peek(1).text === '(') {
      need(words('TABLE') && symbol('('));
      const path = reader.path();
      need(symbol('('));
      const values = list(() => {
        // Arguments may be named: they are taken in the order of the documentation.
        if (peek(1).text === '=>') {
          identifier();
          symbol('=>');
        }
        return expression();
      });
      need(symbol(')') && symbol(')'));
      return { from: 'function', path, arguments: values, alias: alias() };
    }
    if (isWord('SEMANTIC_VIEW') && peek(1).text === '(') return semanticView(reader, alias);
    if (isWord('LATERAL', 'VALUES')) throw unsupported(peek().text);
    const path = reader.path();
    if (words('CHANGES')) {
      need(symbol('(') && words('INFORMATION') && symbol('=>'));
      const changes = words('DEFAULT') ? 'DEFAULT' : words('APPEND_ONLY') ? 'APPEND_ONLY' : fail();
      need(symbol(')') && words('AT'));
      const at = instant();
      const end = words('END') ? instant() : undefined;
      return { from: 'table', path, at, changes, ...(end ? { end } : {}), alias: alias() };
    }
    if (words('AT')) {
      const at = instant();
      return { from: 'table', path, at, alias: alias() };
    }
    return { from: 'table', path, alias: alias() };
  };
  const from = (): From => {
    let left = table();
    for (;;) {
      if (symbol(',')) {
        left = { from: 'join', kind: 'CROSS', left, right: table(), on: undefined, using: [] };
        continue;
      }
      let kind: (From & { from: 'join' })['kind'];
      if (words('JOIN') || words('INNER', 'JOIN')) kind = 'INNER';
      else if (words('CROSS', 'JOIN')) kind = 'CROSS';
      else if (isWord('LEFT', 'RIGHT', 'FULL')) {
        kind = reader.take().text as 'LEFT';
        words('OUTER');
        need(words('JOIN'));
      } else if (isWord('NATURAL', 'ASOF')) throw unsupported(peek().text);
      else return left;
      const right = table();
      let using: string[] = [];
      const on = kind !== 'CROSS' && words('ON') ? expression() : undefined;
      if (kind !== 'CROSS' && !on) {
        need(words('USING') && symbol('('));
        using = list(identifier);
        need(symbol(')'));
      }
      left = { from: 'join', kind, left, right, on, using };
    }
  };
  const core = (): Core => {
    need(words('SELECT'));
    const distinct = words('DISTINCT');
    const items = list(item);
    const source = words('FROM') ? from() : undefined;
    const where = words('WHERE') ? expression() : undefined;
    const groupBy = words('GROUP', 'BY') ? (words('ALL') ? fail() : list(expression)) : [];
    const having = words('HAVING') ? expression() : undefined;
    const qualify = words('QUALIFY') ? expression() : undefined;
    return { distinct, items, from: source, where, groupBy, having, qualify };
  };
  const query = (): Query => {
    const tables = words('WITH')
      ? list(() => {
          if (isWord('RECURSIVE')) throw unsupported('RECURSIVE');
          const name = identifier();
          need(words('AS') && symbol('('));
          const inner = query();
          need(symbol(')'));
          return { name, query: inner };
        })
      : [];
    const cores = [core()];
    const unions: Query['unions'][number][] = [];
    while (words('UNION')) {
      unions.push(words('ALL') ? 'UNION ALL' : 'UNION');
      cores.push(core());
    }
    if (isWord('INTERSECT', 'EXCEPT', 'MINUS')) throw unsupported(peek().text);
    let orderBy: Order[] = [];
    if (words('ORDER', 'BY')) orderBy = order();
    const limit = words('LIMIT') ? reader.number() : undefined;
    const offset = words('OFFSET') ? reader.number() : undefined;
    return { with: tables, cores, unions, orderBy, limit, offset };
  };
  return query();
}

/** https://docs.snowflake.com/en/sql-reference/constructs/semantic_view */
function semanticView(reader: TokenReader, alias: () => string | undefined): From {
  const { words, symbol, need, list, path, peek, identifier } = reader;
  need(words('SEMANTIC_VIEW') && symbol('('));
  const view = path();
  const wanted: (From & { from: 'semantic view' })['wanted'][number][] = [];
  for (;;) {
    const kind = words('METRICS') ? 'METRIC' : words('DIMENSIONS') ? 'DIMENSION' : undefined;
    if (!kind) break;
    wanted.push(
      ...list(() => {
        const of = path();
        const isNamed = words('AS') || (peek().kind === 'word' && !SECTIONS.includes(peek().text));
        return { kind, path: of, name: isNamed ? identifier() : of.at(-1)! } as const;
      }),
    );
  }
  if (reader.isWord('FACTS', 'WHERE')) throw unsupported(`${peek().text} in SEMANTIC_VIEW`);
  need(wanted.length > 0 && symbol(')'));
  return { from: 'semantic view', path: view, wanted, alias: alias() };
}

const SECTIONS = ['METRICS', 'DIMENSIONS', 'FACTS', 'WHERE'];
