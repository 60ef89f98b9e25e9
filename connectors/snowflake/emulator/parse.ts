import { parseQuery } from './parse-query.ts';
import type { Statement } from './syntax.ts';
import { createTokenReader, type TokenReader } from './token-reader.ts';

/** Parses the statements that the connector sends, and queries of ordinary SQL; refuses all others. */
export function parse(sql: string): Statement {
  const reader = createTokenReader(sql);
  const statement = parseStatement(reader);
  reader.symbol(';');
  if (reader.peek().kind !== 'end') reader.fail();
  return statement;
}

function parseStatement(reader: TokenReader): Statement {
  const { words, need, isWord, fail } = reader;
  if (isWord('SELECT', 'WITH')) return { statement: 'select', query: parseQuery(reader) };
  if (words('SHOW')) return show(reader);
  if (words('DESCRIBE', 'SEMANTIC', 'VIEW') || words('DESC', 'SEMANTIC', 'VIEW'))
    return { statement: 'describe', path: reader.path() };
  need(words('USE'));
  if (words('SECONDARY')) {
    need(words('ROLES'));
    return {
      statement: 'use',
      what: 'SECONDARY ROLES',
      name: isWord('NONE', 'ALL') ? reader.take().text : fail(),
    };
  }
  const what = words('WAREHOUSE') ? 'WAREHOUSE' : words('ROLE') ? 'ROLE' : fail();
  return { statement: 'use', what, name: reader.identifier() };
}

function show(reader: TokenReader): Statement {
  const { words, need, fail } = reader;
  const what = words('TABLES')
    ? 'TABLES'
    : words('VIEWS')
      ? 'VIEWS'
      : words('SEMANTIC', 'VIEWS')
        ? 'SEMANTIC VIEWS'
        : words('PRIMARY', 'KEYS')
          ? 'PRIMARY KEYS'
          : fail();
  const like = words('LIKE') ? reader.text() : undefined;
  need(words('IN'));
  const scope = words('SCHEMA') ? 'SCHEMA' : words('TABLE') ? 'TABLE' : fail();
  return { statement: 'show', what, like, scope, path: reader.path() };
}
